package io.github.ratelimited.aop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.RateLimited;
import java.lang.reflect.Proxy;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;

/** Annotated methods that a proxy cannot reach are reported at start, never silently left without a limit. */
class UnreachableMethodTest {

    static class Orders {

        @RateLimited(permits = 1, per = "1d")
        public void place() {
            audit();
        }

        @RateLimited(permits = 1, per = "1d")
        public final void cancel() {}

        @RateLimited(permits = 1, per = "1d")
        public static void count() {}

        @RateLimited(permits = 1, per = "1d")
        @RateLimited(permits = 9, per = "7d")
        private void audit() {}
    }

    static class BaseJob {

        @RateLimited(permits = 1, per = "1d")
        public final void run() {}
    }

    static class Job extends BaseJob {}

    static class Reachable {

        @RateLimited(permits = 1, per = "1d")
        public void place() {}

        @RateLimited(permits = 1, per = "1d")
        protected void place(int order) {}

        public final void free() {}
    }

    @RateLimited(permits = 1, per = "1d")
    static class Typed {

        public void place() {}

        public final void cancel() {}

        public static void count() {}

        @SuppressWarnings("UnusedMethod") // not meant by the annotation
        private void audit() {}

        @Override
        public final String toString() {
            return "typed";
        }
    }

    interface Partner {

        @RateLimited(permits = 1, per = "1d")
        void call();
    }

    @Configuration(proxyBeanMethods = false)
    static class Clients {

        @Bean
        Partner partner() {
            return (Partner) Proxy.newProxyInstance(
                    getClass().getClassLoader(), new Class<?>[] {Partner.class}, (proxy, method, arguments) -> null);
        }

        @Bean
        Partner other() {
            ProxyFactory factory = new ProxyFactory();
            factory.addInterface(Partner.class);
            factory.addAdvice((MethodInterceptor) call -> null);
            return (Partner) factory.getProxy();
        }
    }

    interface Listener<T> {

        void hear(T message);
    }

    static class TextListener implements Listener<String> {

        @RateLimited(permits = 1, per = "1d")
        @Override
        public void hear(String message) {}
    }

    static class LoudTextListener extends TextListener {

        @Override
        public void hear(String message) {}
    }

    static class Calling {

        public final void call() {}
    }

    static class InheritedPartner extends Calling implements Partner {}

    interface Store {

        void save();
    }

    static class FileStore implements Store {

        @RateLimited(permits = 1, per = "1d")
        @Override
        public void save() {}

        @RateLimited(permits = 1, per = "1d")
        public void compact() {}
    }

    @AutoClose
    private final Application application = new Application();

    @AutoClose
    private final Warnings warnings = new Warnings(RateLimitedPostProcessor.class);

    @Test
    void areListedInOneWarning() {
        application.start(Orders.class, Job.class, Reachable.class);

        String orders = Orders.class.getName();
        assertThat(warnings.records()).singleElement().satisfies(warning -> {
            assertThat(warning.getLevel()).isEqualTo(Level.WARNING);
            assertThat(warning.getMessage())
                    .isEqualTo("@RateLimited has no effect on methods that a proxy cannot reach: "
                            + BaseJob.class.getName() + "#run, " + orders + "#audit, " + orders + "#cancel, " + orders
                            + "#count. Make them neither private, final nor static, put "
                            + "them on the bean's interface if it has one, or weave them with AspectJ.");
        });
    }

    @Test
    void areAlsoThoseThatAProxyOfTheInterfaceDoesNotHave() {
        Store store = application.start(FileStore.class).bean(Store.class);

        assertThat(warnings.records())
                .singleElement()
                .extracting(LogRecord::getMessage)
                .asString()
                .contains(FileStore.class.getName() + "#compact.")
                .doesNotContain("#save");
        assertThat(Application.allowedOf(9, store::save)).isEqualTo(1);
    }

    @Test
    void areAlsoTheFinalOnesOfAnAnnotatedType() {
        Typed typed = application.start(Typed.class).bean(Typed.class);

        assertThat(warnings.records())
                .singleElement()
                .extracting(LogRecord::getMessage)
                .asString()
                .contains("cannot reach: " + Typed.class.getName() + "#cancel. Make them");
        assertThat(Application.allowedOf(9, typed::place)).isEqualTo(1);
    }

    @Test
    void areAlsoTheFinalOnesThatAnAnnotatedInterfaceTakesFromASuperclass() {
        application.proxyTargetClass().start(InheritedPartner.class);

        assertThat(warnings.records())
                .singleElement()
                .extracting(LogRecord::getMessage)
                .asString()
                .contains("cannot reach: " + Calling.class.getName() + "#call. Make them");
    }

    @Test
    void areNotThoseThatTheInterfaceHasByAnotherSignature() {
        application.start(TextListener.class, LoudTextListener.class);

        assertThat(warnings.records()).isEmpty();
    }

    @Configuration(proxyBeanMethods = false)
    static class Late {

        @Bean
        @Lazy
        Orders orders() {
            return new Orders();
        }
    }

    @Test
    void areReportedOfBeansThatAreMadeLater() {
        application.start(Late.class, Job.class);
        assertThat(warnings.records()).hasSize(1);

        application.bean(Orders.class);

        assertThat(warnings.records())
                .last()
                .extracting(LogRecord::getMessage)
                .asString()
                .contains(Orders.class.getName() + "#cancel")
                .doesNotContain("BaseJob");
        assertThat(warnings.records()).hasSize(2);
    }

    @Test
    void keepABeanThatIsMadeLaterFromBeingMadeIfTheyAreToFail() {
        application.property("ratelimit.unreachable", "fail").start(Late.class);

        for (int attempt = 0; attempt < 2; attempt++) {
            assertThatThrownBy(() -> application.bean(Orders.class))
                    .hasRootCauseInstanceOf(InvalidRateLimitException.class)
                    .rootCause()
                    .hasMessageContaining(Orders.class.getName() + "#cancel");
        }
    }

    @Test
    void areNotMentionedWhenThereAreNone() {
        application.start(Reachable.class, Clients.class);

        assertThat(warnings.records()).isEmpty();
    }

    @Test
    void leaveTheReachableOnesLimited() {
        Orders orders = application.start(Orders.class).bean(Orders.class);

        assertThat(Application.allowedOf(9, orders::place)).isEqualTo(1);
        assertThat(Application.allowedOf(9, orders::cancel)).isEqualTo(9);
    }
}
