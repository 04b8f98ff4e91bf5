package io.github.ratelimited.aop;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** An application that has neither Reactor nor Kotlin on its class path. */
class WithoutReactorTest {

    static class Partner {

        @RateLimited(permits = 1, per = "10s")
        public String blocking(String name) {
            return name;
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "1h")
        public void waiting() {}

        @RateLimited(permits = 1, per = "10s", maxWait = "15s", fallback = "instead")
        public CompletableFuture<String> future(String name) {
            return CompletableFuture.completedFuture(name);
        }

        CompletableFuture<String> instead(String name, RateLimitExceededException denial) {
            return CompletableFuture.completedFuture("not " + name);
        }
    }

    /** What runs there: limited calls of each kind, told in words that both sides know. */
    static final class Run {

        private Run() {}

        static List<String> calls() throws InterruptedException, ExecutionException {
            try (Application application = new Application().start(Partner.class)) {
                Partner partner = application.bean(Partner.class);
                return List.of(
                        "blocking: " + Application.allowedOf(3, () -> partner.blocking("first")) + " of 3",
                        "waiting: " + waiting(application, partner),
                        "future: " + futures(application, partner));
            }
        }

        private static String waiting(Application application, Partner partner) throws InterruptedException {
            partner.waiting();
            Thread second = new Thread(partner::waiting);
            second.start();
            application.time().awaitParkedThreads(1);
            application.advance(Duration.ofSeconds(10));
            second.join(10_000);
            return second.isAlive() ? "still" : "done";
        }

        private static String futures(Application application, Partner partner)
                throws InterruptedException, ExecutionException {
            CompletableFuture<String> first = partner.future("first");
            CompletableFuture<String> second = partner.future("second");
            CompletableFuture<String> third = partner.future("third");
            boolean waits = !second.isDone();
            application.advance(Duration.ofSeconds(10));
            return first.get() + ", " + second.get() + (waits ? " after a wait" : " at once") + ", " + third.get();
        }
    }

    /** The class path once more, without some packages. */
    private static final class Hiding extends URLClassLoader {

        private final List<String> hidden;

        Hiding(String... hidden) {
            super(classPath(), ClassLoader.getPlatformClassLoader());
            this.hidden = List.of(hidden);
        }

        private static URL[] classPath() {
            return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                    .map(Hiding::url)
                    .toArray(URL[]::new);
        }

        private static URL url(String entry) {
            try {
                return Path.of(entry).toUri().toURL();
            } catch (MalformedURLException invalid) {
                throw new IllegalArgumentException(invalid);
            }
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (hidden.stream().anyMatch(name::startsWith)) {
                throw new ClassNotFoundException(name);
            }
            return super.loadClass(name, resolve);
        }

        Object run() throws Throwable {
            Thread thread = Thread.currentThread();
            ClassLoader before = thread.getContextClassLoader();
            thread.setContextClassLoader(this);
            try {
                var calls = loadClass(Run.class.getName()).getDeclaredMethod("calls");
                calls.setAccessible(true);
                return calls.invoke(null);
            } catch (InvocationTargetException failed) {
                throw failed.getCause();
            } finally {
                thread.setContextClassLoader(before);
            }
        }
    }

    private static void isLimitedWithout(String... hidden) throws Throwable {
        try (Hiding classPath = new Hiding(hidden)) {
            assertThat(classPath.run())
                    .isEqualTo(List.of(
                            "blocking: 1 of 3", "waiting: done", "future: first, second after a wait, not third"));
        }
    }

    @Test
    void isLimitedAllTheSame() throws Throwable {
        isLimitedWithout("reactor.", "org.reactivestreams.", "kotlin.", "kotlinx.", "io.reactivex.");
    }

    @Test
    void isLimitedWithReactorAndWithoutKotlin() throws Throwable {
        isLimitedWithout("kotlin.", "kotlinx.");
    }

    @Test
    void isLimitedWithKotlinAndWithoutReactor() throws Throwable {
        isLimitedWithout("reactor.", "org.reactivestreams.");
    }

    @Test
    void hidesWhatItIsMeantToHide() throws Exception {
        try (Hiding classPath = new Hiding("reactor.", "kotlin.")) {
            assertThat(Stream.of("reactor.core.publisher.Mono", "kotlin.Unit"))
                    .allSatisfy(
                            name -> assertThat(catchLoading(classPath, name)).isFalse());
            assertThat(catchLoading(classPath, Application.class.getName())).isTrue();
        }
    }

    private static boolean catchLoading(ClassLoader loader, String name) {
        try {
            return loader.loadClass(name) != null;
        } catch (ClassNotFoundException hidden) {
            return false;
        }
    }
}
