package io.github.ratelimited.aop;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.RateLimited;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

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

    private final List<LogRecord> records = new ArrayList<>();
    private final Logger logger = Logger.getLogger(RateLimitedPostProcessor.class.getName());
    private final Handler recorder = new Handler() {
        @Override
        public void publish(LogRecord entry) {
            records.add(entry);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void record() {
        logger.addHandler(recorder);
        logger.setUseParentHandlers(false);
    }

    @AfterEach
    void stopRecording() {
        logger.removeHandler(recorder);
        logger.setUseParentHandlers(true);
    }

    @Test
    void areListedInOneWarning() {
        application.start(Orders.class, Job.class, Reachable.class);

        String orders = Orders.class.getName();
        assertThat(records).singleElement().satisfies(warning -> {
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

        assertThat(records)
                .singleElement()
                .extracting(LogRecord::getMessage)
                .asString()
                .contains(FileStore.class.getName() + "#compact.")
                .doesNotContain("#save");
        assertThat(Application.allowedOf(9, store::save)).isEqualTo(1);
    }

    @Test
    void areNotMentionedWhenThereAreNone() {
        application.start(Reachable.class);

        assertThat(records).isEmpty();
    }

    @Test
    void leaveTheReachableOnesLimited() {
        Orders orders = application.start(Orders.class).bean(Orders.class);

        assertThat(Application.allowedOf(9, orders::place)).isEqualTo(1);
        assertThat(Application.allowedOf(9, orders::cancel)).isEqualTo(9);
    }
}
