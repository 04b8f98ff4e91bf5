package io.github.ratelimited.aop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.Map;
import org.aopalliance.intercept.MethodInterceptor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.publisher.Mono;

/** Which method of a name a denied call falls back to. */
class FallbackLookupTest {

    @AutoClose
    private final Application application = new Application();

    @Nested
    class Overloads {

        static class Shop {

            @RateLimited(permits = 1, per = "1d", fallback = "other")
            public String find(String id) {
                return "text";
            }

            @RateLimited(permits = 1, per = "1d", fallback = "other")
            public String find(int id) {
                return "number";
            }

            @RateLimited(permits = 1, per = "1d", fallback = "other")
            public String find(Object id) {
                return "anything";
            }

            @RateLimited(permits = 1, per = "1d", fallback = "find")
            public String find() {
                return "nothing";
            }

            String find(RateLimitExceededException denial) {
                return "overloaded " + denial.getLimitName();
            }

            String other(String id) {
                return "other text";
            }

            String other(int id, RateLimitExceededException denial) {
                return "other number";
            }

            String other(Integer id) {
                throw new AssertionError("it takes an object");
            }

            String other(Object id) {
                return "other anything";
            }

            String other(String id, String more) {
                throw new AssertionError("it takes more");
            }
        }

        private final Shop shop = application.start(Shop.class).bean(Shop.class);

        @Test
        void areToldApartByTheirFullSignature() {
            shop.find("a");
            shop.find(1);
            shop.find((Object) "a");

            assertThat(shop.find("a")).isEqualTo("other text");
            assertThat(shop.find(1)).isEqualTo("other number");
            assertThat(shop.find((Object) "a")).isEqualTo("other anything");
        }

        @Test
        void mayBeAnotherFormOfTheMethodItself() {
            shop.find();

            assertThat(shop.find()).isEqualTo("overloaded Shop.find");
        }
    }

    @Nested
    class Inherited {

        static class Base<T> {

            @RateLimited(permits = 1, per = "1d", fallback = "cached")
            public String find(T id) {
                return "found " + id;
            }

            @RateLimited(permits = 1, per = "1d", fallback = "hidden")
            public String secret() {
                return "secret";
            }

            protected String cached(T id) {
                return "cached " + id;
            }

            @SuppressWarnings("UnusedMethod") // called by reflection
            private String hidden() {
                return "hidden";
            }
        }

        static class Numbers extends Base<Integer> {}

        static class Texts extends Base<String> {

            @Override
            protected String cached(String id) {
                return "overridden " + id;
            }
        }

        static class Own extends Base<String> {

            @RateLimited(permits = 1, per = "1d", fallback = "cached")
            @Override
            public String find(String id) {
                return "own " + id;
            }
        }

        @Test
        void isFoundInTheSuperclassOfTheBean() {
            Own own = application.start(Own.class).bean(Own.class);
            own.find("a");
            own.secret();

            assertThat(own.find("b")).isEqualTo("cached b");
            assertThat(own.secret()).isEqualTo("hidden");
        }

        @Test
        void isFoundForAnInheritedMethod() {
            Numbers numbers = application.start(Numbers.class).bean(Numbers.class);
            numbers.find(1);
            numbers.secret();

            assertThat(numbers.find(2)).isEqualTo("cached 2");
            assertThat(numbers.secret()).isEqualTo("hidden");
        }

        @Test
        void isTheOneThatTheBeanOverrides() {
            Texts texts = application.start(Texts.class).bean(Texts.class);
            texts.find("a");

            assertThat(texts.find("b")).isEqualTo("overridden b");
        }
    }

    @Nested
    class OfAnInterface {

        interface Partner {

            @RateLimited(permits = 1, per = "1d", fallback = "busy")
            String call(String text);

            default String busy(String text) {
                return "busy " + text;
            }
        }

        static class LocalPartner implements Partner {

            @Override
            public String call(String text) {
                return "called " + text;
            }
        }

        static class RudePartner extends LocalPartner {

            @Override
            public String busy(String text) {
                return "go away";
            }
        }

        @Configuration(proxyBeanMethods = false)
        static class FeignClients {

            @Bean
            Partner feign() {
                return (Partner) Proxy.newProxyInstance(
                        getClass().getClassLoader(), new Class<?>[] {Partner.class}, (proxy, method, arguments) -> {
                            if (method.isDefault()) {
                                return InvocationHandler.invokeDefault(proxy, method, arguments);
                            }
                            return method.getName().equals("call") ? "called " + arguments[0] : null;
                        });
            }
        }

        @Configuration(proxyBeanMethods = false)
        static class HttpClients {

            @Bean
            Partner http() {
                ProxyFactory factory = new ProxyFactory();
                factory.addInterface(Partner.class);
                factory.addAdvice((MethodInterceptor) call -> "called " + call.getArguments()[0]);
                return (Partner) factory.getProxy();
            }
        }

        @Test
        void mayBeADefaultMethod() {
            Partner partner = application.start(LocalPartner.class).bean(Partner.class);
            partner.call("a");

            assertThat(partner.call("b")).isEqualTo("busy b");
        }

        @Test
        void mayBeOverriddenByTheBean() {
            Partner partner = application.start(RudePartner.class).bean(Partner.class);
            partner.call("a");

            assertThat(partner.call("b")).isEqualTo("go away");
        }

        @ParameterizedTest
        @ValueSource(classes = {FeignClients.class, HttpClients.class})
        void mayBeADefaultMethodOfAClientThatNobodyImplements(Class<?> clients) {
            Partner partner = application.start(clients).bean(Partner.class);
            assertThat(partner.call("a")).isEqualTo("called a");

            assertThat(partner.call("b")).isEqualTo("busy b");
        }
    }

    /** What a web filter puts into the context of a request does not hide the client from its fallback. */
    @Nested
    class OfAReactiveClientInARequest {

        interface Quotes {

            @RateLimited(permits = 1, per = "1d", fallback = "stale")
            Mono<String> quote(String share);

            default Mono<String> stale(String share) {
                return Mono.just("stale " + share);
            }
        }

        @Configuration(proxyBeanMethods = false)
        static class Clients {

            @Bean
            Quotes quotes() {
                ProxyFactory factory = new ProxyFactory();
                factory.addInterface(Quotes.class);
                factory.addAdvice((MethodInterceptor) call -> Mono.just("fresh " + call.getArguments()[0]));
                return (Quotes) factory.getProxy();
            }
        }

        @Test
        void mayBeADefaultMethodToo() {
            Quotes quotes = application.start(Clients.class).bean(Quotes.class);

            assertThat(inARequest(quotes.quote("a"))).isEqualTo("fresh a");
            assertThat(inARequest(quotes.quote("b"))).isEqualTo("stale b");
        }

        private static @Nullable String inARequest(Mono<String> call) {
            return call.contextWrite(context -> context.put(CallVariables.REACTOR_CONTEXT, Map.of("principal", "ann")))
                    .block();
        }
    }

    @Nested
    class OnAType {

        @RateLimited(permits = 2, per = "1d", fallback = "busy")
        static class Reports {

            public String daily() {
                return "daily";
            }

            public String weekly(int week) {
                return "weekly";
            }

            String busy(RateLimitExceededException denial) {
                return "busy: " + denial.getLimitName();
            }

            String busy(int week) {
                return "busy week " + week;
            }
        }

        @RateLimited(permits = 1, per = "1d", fallback = "busy")
        static class Kiosk {

            public String open() {
                return "open";
            }

            public String busy() {
                return "busy";
            }
        }

        @Test
        void isFoundForEachMethodByItsSignature() {
            Reports reports = application.start(Reports.class).bean(Reports.class);
            reports.daily();
            reports.weekly(1);

            assertThat(reports.daily()).isEqualTo("busy: Reports");
            assertThat(reports.weekly(2)).isEqualTo("busy week 2");
        }

        @Test
        void mayBePublicAndHasNoneItself() {
            Kiosk kiosk = application.start(Kiosk.class).bean(Kiosk.class);
            kiosk.open();

            assertThat(kiosk.open()).isEqualTo("busy");
            assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(kiosk::busy);
        }
    }
}
