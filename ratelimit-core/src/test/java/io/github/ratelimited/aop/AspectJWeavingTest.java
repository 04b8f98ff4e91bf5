package io.github.ratelimited.aop;

import static io.github.ratelimited.aop.Application.allowedOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.aop.support.AopUtils;
import org.springframework.core.annotation.AliasFor;

/** Code that AspectJ has woven is limited where no proxy could do it, in beans and in other objects. */
@ExtendWith(WovenByAspectJ.class)
class AspectJWeavingTest {

    static class Client {

        @RateLimited(permits = 2, per = "1d")
        public void get() {}

        @RateLimited(permits = 2, per = "1d")
        private void secret() {}

        @RateLimited(permits = 2, per = "1d")
        public final void last() {}

        @RateLimited(permits = 2, per = "1d")
        public static void shared() {}

        @RateLimited(permits = 2, per = "1d")
        private static void sharedSecret() {}

        @RateLimited(permits = 2, per = "1d", key = "#id")
        final void keyed(String id) {}

        @RateLimited(permits = 2, per = "1s")
        @RateLimited(permits = 3, per = "1d")
        private void twice() {}

        @Quota(2)
        private void byAnotherAnnotation() {}

        @RateLimited(permits = 2, per = "1d")
        private String echo(String text) {
            return text;
        }

        public void getItself() {
            get();
        }

        public void free() {}
    }

    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @RateLimited(per = "1d")
    @interface Quota {

        @AliasFor(annotation = RateLimited.class, attribute = "permits")
        long value();
    }

    @Retention(RetentionPolicy.RUNTIME)
    @RateLimited(per = "1d")
    @interface Daily {

        @AliasFor(annotation = RateLimited.class, attribute = "permits")
        long value();
    }

    @Daily(2)
    static class Batch {

        public final void run() {}

        public void runAll() {
            run();
        }
    }

    @Retention(RetentionPolicy.RUNTIME)
    @RateLimited(permits = 2, per = "1d")
    @RateLimited(permits = 9, per = "7d")
    @interface Tight {}

    @Tight
    static class Export {

        public final void run() {}
    }

    @RateLimited(permits = 2, per = "1d")
    static class Reports {

        public void daily() {
            helper();
        }

        public final void weekly() {}

        @RateLimited(permits = 1, per = "1d")
        public void yearly() {}

        private void helper() {}

        static void shared() {}

        @Override
        public String toString() {
            return "reports";
        }
    }

    interface Catalogue {

        @RateLimited(permits = 2, per = "1d")
        void list();

        void search();
    }

    static class ShopCatalogue implements Catalogue {

        @Override
        public void list() {}

        @RateLimited(permits = 3, per = "1d")
        @Override
        public void search() {}
    }

    static class Shop {

        @RateLimited("checkout")
        private void pay() {}
    }

    static class Broken {

        @RateLimited(permits = 1, per = "${nowhere}")
        private void call() {}
    }

    static class FastClient extends Client {

        @RateLimited(permits = 5, per = "1d")
        @Override
        public void get() {
            super.get();
        }
    }

    private final Client client = new Client();

    @Test
    void aPrivateMethod() {
        assertThat(allowedOf(9, client::secret)).isEqualTo(2);
        assertThat(allowedOf(9, Client::sharedSecret)).isEqualTo(2);
    }

    @Test
    void aFinalMethod() {
        assertThat(allowedOf(9, client::last)).isEqualTo(2);
    }

    @Test
    void aStaticMethod() {
        assertThat(allowedOf(9, Client::shared)).isEqualTo(2);
    }

    @Test
    void aMethodThatItsOwnObjectCalls() {
        assertThat(allowedOf(9, client::getItself)).isEqualTo(2);
    }

    @Test
    void aMethodOfAnyObjectOfTheClass() {
        assertThat(allowedOf(1, client::get)).isEqualTo(1);
        assertThat(allowedOf(9, new Client()::get)).isEqualTo(1);
    }

    @Test
    void aMethodAndTheOneThatItOverridesEachByItsOwn() {
        assertThat(allowedOf(9, new FastClient()::get)).isEqualTo(2);
        assertThat(allowedOf(9, client::get))
                .as("both are the limit of Client.get")
                .isZero();
    }

    @Test
    void aMethodByKey() {
        assertThat(allowedOf(9, () -> client.keyed("ann"))).isEqualTo(2);
        assertThat(allowedOf(9, () -> client.keyed("bob"))).isEqualTo(2);
    }

    @Test
    void aMethodWithSeveralLimits() {
        assertThat(allowedOf(9, client::twice)).isEqualTo(2);
    }

    @Test
    void aMethodThatAnotherAnnotationMarks() {
        assertThat(allowedOf(9, client::byAnotherAnnotation)).isEqualTo(2);
    }

    @Test
    void keepsArgumentsAndResults() {
        assertThat(client.echo("hello")).isEqualTo("hello");
    }

    @Test
    void noMethodWithoutAnnotation() {
        assertThat(allowedOf(99, client::free)).isEqualTo(99);
    }

    @Test
    void limitsTheMethodsOfATypeByAnAnnotationOfOnesOwn() {
        Batch batch = new Batch();

        assertThat(allowedOf(9, batch::run)).isEqualTo(2);
        assertThat(allowedOf(9, batch::runAll)).isZero();
    }

    @Test
    void limitsTheMethodsOfATypeByAnAnnotationOfOnesOwnThatCarriesTwo() {
        Export export = new Export();

        assertThat(allowedOf(9, export::run)).isEqualTo(2);
    }

    @Test
    void theMethodsOfAnAnnotatedTypeTogether() {
        Reports reports = new Reports();

        assertThat(allowedOf(1, reports::daily)).isEqualTo(1);
        assertThat(allowedOf(9, reports::weekly)).isEqualTo(1);
        assertThat(allowedOf(9, reports::yearly)).isEqualTo(1);
        assertThat(allowedOf(9, Reports::shared)).isEqualTo(9);
        assertThat(reports.toString()).isEqualTo("reports");
    }

    @Test
    void tellsTheLimitAsAProxyDoes() {
        allowedOf(2, client::secret);

        assertThat(catchThrowableOfType(RateLimitExceededException.class, client::secret)
                        .getLimitName())
                .isEqualTo("Client.secret");
    }

    @Test
    void byTheConfigurationOfTheApplicationThatBindsIt() {
        try (Application application = new Application()
                .limit("checkout", new LimitSettings("ratelimit.limits.checkout", 3, "10s", 0, null, null, null))
                .start()) {
            RateLimitAspect.aspectOf().use(() -> application.bean(MethodPlans.class));
            Shop shop = new Shop();

            assertThat(allowedOf(9, shop::pay)).isEqualTo(3);
            application.advance(Duration.ofSeconds(10));
            assertThat(allowedOf(9, shop::pay)).isEqualTo(3);
            assertThat(application.registry().names()).containsExactly("checkout");
        }
    }

    @Test
    void byItsAnnotationsAloneOnceTheApplicationHasEnded() {
        Application application = new Application().start();
        assertThat(allowedOf(9, client::secret)).isEqualTo(2);
        application.close();

        assertThat(allowedOf(9, client::secret)).isEqualTo(2);
    }

    @Test
    void asTheFirstApplicationSaysOnceALaterOneHasEnded() {
        Application first = new Application().start();
        Application second = new Application();
        try {
            assertThat(allowedOf(9, client::secret)).isEqualTo(2);
            second.start();
            assertThat(allowedOf(9, client::secret)).isEqualTo(2);
            second.close();
            assertThat(allowedOf(9, client::secret)).isZero();
        } finally {
            second.close();
            first.close();
        }
    }

    @Test
    void asTheLastApplicationSaysWhenAnEarlierOneEnds() {
        try (Application first = new Application().start();
                Application second = new Application().start()) {
            Supplier<MethodPlans> ofFirst = () -> first.bean(MethodPlans.class);
            RateLimitAspect.aspectOf().use(ofFirst);
            RateLimitAspect.aspectOf().use(() -> second.bean(MethodPlans.class));
            RateLimitAspect.aspectOf().release(ofFirst);

            assertThat(allowedOf(9, client::secret)).isEqualTo(2);
            second.advance(Duration.ofDays(1));
            assertThat(allowedOf(9, client::secret)).isEqualTo(2);
        }
    }

    @Test
    void aBeanOnceAndWithoutAProxy() throws NoSuchMethodException {
        try (Application application = new Application().start(Client.class, Reports.class)) {
            RateLimitAspect.aspectOf().use(() -> application.bean(MethodPlans.class));
            Client bean = application.bean(Client.class);
            Method get = Client.class.getMethod("get");

            assertThat(AnnotatedMethods.isWoven(get)).isTrue();
            assertThat(AopUtils.isAopProxy(bean)).isFalse();
            assertThat(AopUtils.isAopProxy(application.bean(Reports.class))).isFalse();
            assertThat(allowedOf(9, bean::get)).isEqualTo(2);
            assertThat(allowedOf(9, bean::secret)).isEqualTo(2);
        }
    }

    @Test
    void aBeanWhoseInterfaceIsAnnotatedThroughAProxyAllTheSame() {
        try (Application application = new Application().start(ShopCatalogue.class)) {
            RateLimitAspect.aspectOf().use(() -> application.bean(MethodPlans.class));
            Catalogue catalogue = application.bean(Catalogue.class);

            assertThat(allowedOf(9, catalogue::list)).isEqualTo(2);
            assertThat(allowedOf(9, catalogue::search)).isEqualTo(3);
        }
    }

    @Test
    void andSaysAtTheFirstCallWhatIsWrong() {
        assertThat(catchThrowableOfType(InvalidRateLimitException.class, new Broken()::call))
                .hasMessage("@RateLimited on " + Broken.class.getName() + "#call: per = \"${nowhere}\" cannot be "
                        + "resolved (no application is there to resolve it); define the property, or give a "
                        + "default: ${name:default}");
    }
}
