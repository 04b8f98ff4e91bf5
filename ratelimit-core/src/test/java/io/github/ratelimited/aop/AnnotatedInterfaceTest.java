package io.github.ratelimited.aop;

import static io.github.ratelimited.aop.Application.allowedOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The annotation on interfaces and their methods. */
class AnnotatedInterfaceTest {

    @AutoClose
    private final Application application = new Application();

    @Nested
    class OnAnInterface {

        interface Clock {

            @RateLimited(permits = 2, per = "1d")
            void tick();

            @RateLimited(permits = 2, per = "1d")
            default void tock() {}

            void strike();
        }

        static class TowerClock implements Clock {

            @Override
            public void tick() {}

            @RateLimited(permits = 3, per = "1d")
            @Override
            public void tock() {}

            @Override
            public void strike() {}
        }

        static class WallClock implements Clock {

            @Override
            public void tick() {}

            @Override
            public void strike() {}
        }

        @RateLimited(permits = 2, per = "1d")
        interface Radio {

            void play();

            void record();
        }

        static class CarRadio implements Radio {

            @Override
            public void play() {}

            @Override
            public void record() {}
        }

        interface Handler<T> {

            void handle(T message);
        }

        static class TextHandler implements Handler<String> {

            @RateLimited(permits = 2, per = "1d")
            @Override
            public void handle(String message) {}
        }

        interface LimitedHandler<T> {

            @RateLimited(permits = 2, per = "1d")
            void handle(T message);
        }

        @RateLimited(permits = 2, per = "1d")
        static class TypedHandler implements Handler<String> {

            @Override
            public void handle(String message) {}
        }

        interface Orders {

            @RateLimited(permits = 2, per = "1d", key = "#id")
            void place(String id);
        }

        interface Transfers {

            @RateLimited(permits = 2, per = "1d", key = "#from")
            void move(String from, String to);
        }

        static class SwappedTransfers implements Transfers {

            @Override
            @SuppressWarnings("OverridingMethodInconsistentArgumentNamesChecker") // that is what this is about
            public void move(String to, String from) {}
        }

        interface Topic<T extends CharSequence> {

            @RateLimited(permits = 2, per = "1d", key = "#message")
            void tell(T message);
        }

        static class TextTopic implements Topic<String> {

            @Override
            public void tell(String text) {}
        }

        static class QuickOrders implements Orders {

            @Override
            public void place(String orderId) {}
        }

        static class PickyOrders implements Orders {

            @RateLimited(permits = 3, per = "1d", key = "#id + #orderId")
            @Override
            public void place(String orderId) {}
        }

        static class TruckRadio implements Radio {

            @Override
            public void play() {}

            @Override
            public void record() {}
        }

        static class NumberHandler implements LimitedHandler<Integer> {

            @Override
            public void handle(Integer message) {}
        }

        static class Placing {

            public void place(String any) {}
        }

        static class InheritedOrders extends Placing implements Orders {}

        static class OtherInheritedOrders extends Placing implements Orders {}

        interface RushOrders extends Orders {}

        static class InheritedRushOrders extends Placing implements RushOrders {}

        static class SpecialOrders extends InheritedOrders {

            @RateLimited(permits = 3, per = "1d", key = "#id")
            @Override
            public void place(String id) {}
        }

        static class Telling<T extends CharSequence> {

            public void tell(T any) {}
        }

        static class InheritedTopic extends Telling<String> implements Topic<String> {}

        @ParameterizedTest
        @ValueSource(booleans = {false, true})
        void holdsForAMethodThatIsInheritedFromAClassThatDoesNotKnowIt(boolean byClass) {
            Orders orders = (byClass ? application.proxyTargetClass() : application)
                    .start(InheritedOrders.class)
                    .bean(Orders.class);

            assertThat(allowedOf(9, () -> orders.place("a"))).isEqualTo(2);
            assertThat(allowedOf(9, () -> orders.place("b"))).isEqualTo(2);
        }

        @ParameterizedTest
        @ValueSource(booleans = {false, true})
        void holdsForAnInheritedMethodThatAnInterfaceHasFromAnother(boolean byClass) {
            Orders orders = (byClass ? application.proxyTargetClass() : application)
                    .start(InheritedRushOrders.class)
                    .bean(Orders.class);

            assertThat(allowedOf(9, () -> orders.place("a"))).isEqualTo(2);
            assertThat(allowedOf(9, () -> orders.place("b"))).isEqualTo(2);
        }

        @ParameterizedTest
        @ValueSource(booleans = {false, true})
        @SuppressWarnings("unchecked")
        void holdsForAnInheritedMethodOfAGenericClass(boolean byClass) {
            Topic<String> topic = (byClass ? application.proxyTargetClass() : application)
                    .start(InheritedTopic.class)
                    .bean(Topic.class);

            assertThat(allowedOf(9, () -> topic.tell("a"))).isEqualTo(2);
            assertThat(allowedOf(9, () -> topic.tell("b"))).isEqualTo(2);
        }

        @Test
        void isEachTypesOwnWhenTheMethodIsInherited() {
            application.start(InheritedOrders.class, OtherInheritedOrders.class);

            application
                    .beans(Orders.class)
                    .values()
                    .forEach(orders ->
                            assertThat(allowedOf(9, () -> orders.place("a"))).isEqualTo(2));
        }

        @Test
        void givesWayToThatOfASubclass() {
            Orders orders = application.start(SpecialOrders.class).bean(Orders.class);

            assertThat(allowedOf(9, () -> orders.place("a"))).isEqualTo(3);
        }

        @Test
        void holdsForTheMethodsThatImplementIt() {
            Clock clock = application.start(TowerClock.class).bean(Clock.class);

            assertThat(allowedOf(9, clock::tick)).isEqualTo(2);
            assertThat(allowedOf(9, clock::strike)).isEqualTo(9);
        }

        @Test
        void holdsForADefaultMethodThatNobodyOverrides() {
            Clock clock = application.start(WallClock.class).bean(Clock.class);

            assertThat(allowedOf(9, clock::tock)).isEqualTo(2);
        }

        @Test
        void givesWayToTheImplementationsOwn() {
            Clock clock = application.start(TowerClock.class).bean(Clock.class);

            assertThat(allowedOf(9, clock::tock)).isEqualTo(3);
        }

        @Test
        void holdsForAllMethodsWhenItStandsOnTheType() {
            Radio radio = application.start(CarRadio.class).bean(Radio.class);

            assertThat(allowedOf(1, radio::play)).isEqualTo(1);
            assertThat(allowedOf(9, radio::record)).isEqualTo(1);
        }

        @Test
        void isEachTypesOwnWhenItStandsOnTheInterface() {
            application.start(CarRadio.class, TruckRadio.class);

            assertThat(allowedOf(
                            9, application.bean("annotatedInterfaceTest.OnAnInterface.CarRadio", Radio.class)::play))
                    .isEqualTo(2);
            assertThat(allowedOf(
                            9, application.bean("annotatedInterfaceTest.OnAnInterface.TruckRadio", Radio.class)::play))
                    .isEqualTo(2);
        }

        @Test
        void readsArgumentsByTheNamesOfTheInterface() {
            Orders orders = application.start(QuickOrders.class).bean(Orders.class);

            assertThat(allowedOf(9, () -> orders.place("a"))).isEqualTo(2);
            assertThat(allowedOf(9, () -> orders.place("b"))).isEqualTo(2);
        }

        @Test
        void readsArgumentsByTheNamesOfTheInterfaceWhenTheImplementationGivesThemToOthers() {
            Transfers transfers = application.start(SwappedTransfers.class).bean(Transfers.class);

            assertThat(allowedOf(9, () -> transfers.move("a", "z"))).isEqualTo(2);
            assertThat(allowedOf(9, () -> transfers.move("b", "z"))).isEqualTo(2);
        }

        @Test
        @SuppressWarnings("unchecked")
        void readsArgumentsByTheNamesOfAGenericInterface() {
            Topic<String> topic = application.start(TextTopic.class).bean(Topic.class);

            assertThat(allowedOf(9, () -> topic.tell("a"))).isEqualTo(2);
            assertThat(allowedOf(9, () -> topic.tell("b"))).isEqualTo(2);
        }

        @Test
        void readsArgumentsByTheNamesOfBothWhenTheImplementationHasItsOwn() {
            Orders orders = application.start(PickyOrders.class).bean(Orders.class);

            assertThat(allowedOf(9, () -> orders.place("a"))).isEqualTo(3);
            assertThat(allowedOf(9, () -> orders.place("b"))).isEqualTo(3);
        }

        @Test
        @SuppressWarnings("unchecked")
        void holdsThroughAGenericInterfaceWhenItStandsOnTheType() {
            Handler<String> handler = application.start(TypedHandler.class).bean(Handler.class);

            assertThat(allowedOf(9, () -> handler.handle("a"))).isEqualTo(2);
        }

        @Test
        @SuppressWarnings("unchecked")
        void holdsThroughAGenericInterface() {
            Handler<String> handler = application.start(TextHandler.class).bean(Handler.class);

            assertThat(allowedOf(9, () -> handler.handle("a"))).isEqualTo(2);
        }

        @Test
        @SuppressWarnings("unchecked")
        void holdsForTheMethodOfAGenericInterface() {
            LimitedHandler<Integer> handler =
                    application.start(NumberHandler.class).bean(LimitedHandler.class);

            assertThat(allowedOf(9, () -> handler.handle(1))).isEqualTo(2);
        }

        @Test
        void countsOneCallThroughAGenericInterfaceOnce() {
            TextHandler handler =
                    application.proxyTargetClass().start(TextHandler.class).bean(TextHandler.class);
            Handler<String> asInterface = handler;

            assertThat(allowedOf(1, () -> handler.handle("a"))).isEqualTo(1);
            assertThat(allowedOf(9, () -> asInterface.handle("a"))).isEqualTo(1);
        }
    }

    /** Clients are made from their interface alone. */
    @Nested
    class OnAClient {

        interface Partner {

            @RateLimited(permits = 2, per = "1d")
            void call();
        }

        @RateLimited(permits = 2, per = "1d")
        interface Bank {

            void pay();

            void refund();
        }

        interface Savings {

            void save();

            void spend();
        }

        @RateLimited(permits = 2, per = "1d")
        interface Piggy extends Savings {}

        /** As Feign makes them: a JDK proxy. */
        @Configuration(proxyBeanMethods = false)
        static class FeignClients {

            @Bean
            Partner partner() {
                return client(Partner.class);
            }

            @Bean
            Bank bank() {
                return client(Bank.class);
            }

            @Bean
            Piggy piggy() {
                return client(Piggy.class);
            }

            private static <T> T client(Class<T> type) {
                InvocationHandler handler = (proxy, method, arguments) -> switch (method.getName()) {
                    case "hashCode" -> System.identityHashCode(proxy);
                    case "equals" -> proxy == arguments[0];
                    case "toString" -> "client";
                    default -> null;
                };
                return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
            }
        }

        /** As {@code HttpServiceProxyFactory} makes them: Spring's proxy of nothing. */
        @Configuration(proxyBeanMethods = false)
        static class HttpClients {

            @Bean
            Partner partner() {
                return client(Partner.class);
            }

            @Bean
            Bank bank() {
                return client(Bank.class);
            }

            @Bean
            Piggy piggy() {
                return client(Piggy.class);
            }

            private static <T> T client(Class<T> type) {
                ProxyFactory factory = new ProxyFactory();
                factory.addInterface(type);
                factory.addAdvice((MethodInterceptor) call -> null);
                return type.cast(factory.getProxy());
            }
        }

        /** As Spring Data makes them: the target does not implement the interface. */
        @Configuration(proxyBeanMethods = false)
        static class Repositories {

            @Bean
            Partner partner() {
                return client(Partner.class);
            }

            @Bean
            Bank bank() {
                return client(Bank.class);
            }

            @Bean
            Piggy piggy() {
                return client(Piggy.class);
            }

            private static <T> T client(Class<T> type) {
                ProxyFactory factory = new ProxyFactory();
                factory.setTarget(new Object());
                factory.addInterface(type);
                factory.addAdvice((MethodInterceptor) call -> null);
                return type.cast(factory.getProxy());
            }
        }

        @ParameterizedTest
        @ValueSource(classes = {FeignClients.class, HttpClients.class, Repositories.class})
        void holdsForItsMethods(Class<?> clients) {
            Partner partner = application.start(clients).bean(Partner.class);

            assertThat(allowedOf(9, partner::call)).isEqualTo(2);
        }

        @ParameterizedTest
        @ValueSource(classes = {FeignClients.class, HttpClients.class, Repositories.class})
        void isSharedByItsMethodsWhenItStandsOnTheType(Class<?> clients) {
            Bank bank = application.start(clients).bean(Bank.class);

            assertThat(allowedOf(1, bank::pay)).isEqualTo(1);
            assertThat(allowedOf(9, bank::refund)).isEqualTo(1);
        }

        @ParameterizedTest
        @ValueSource(classes = {FeignClients.class, HttpClients.class, Repositories.class})
        void isSharedByTheMethodsThatTheTypeInherits(Class<?> clients) {
            Piggy piggy = application.start(clients).bean(Piggy.class);

            assertThat(allowedOf(1, piggy::save)).isEqualTo(1);
            assertThat(allowedOf(9, piggy::spend)).isEqualTo(1);
            assertThat(catchThrowableOfType(RateLimitExceededException.class, piggy::save)
                            .getLimitName())
                    .isEqualTo("Piggy");
        }

        @ParameterizedTest
        @ValueSource(classes = {FeignClients.class, HttpClients.class, Repositories.class})
        void isShownByTheNameOfTheInterface(Class<?> clients) {
            application.start(clients);
            allowedOf(2, application.bean(Partner.class)::call);
            allowedOf(2, application.bean(Bank.class)::pay);

            assertThat(catchThrowableOfType(RateLimitExceededException.class, application.bean(Partner.class)::call))
                    .hasMessage("Rate limit 'Partner.call' exceeded: 2 per 1d; retry after 12h");
            assertThat(catchThrowableOfType(RateLimitExceededException.class, application.bean(Bank.class)::pay))
                    .hasMessage("Rate limit 'Bank' exceeded: 2 per 1d; retry after 12h");
            assertThat(application.registry().names())
                    .containsExactly(Bank.class.getName(), Partner.class.getName() + "#call()", Piggy.class.getName());
        }
    }
}
