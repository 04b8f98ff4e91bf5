package io.github.ratelimited.aop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.ratelimited.InvalidRateLimitException;
import org.springframework.core.NestedExceptionUtils;

/** What an application says that refuses to start because of a wrong declaration. */
final class RefusedStart {

    private RefusedStart() {}

    /** The message, of an application like that one with these beans. */
    static String refusalOf(Application application, Class<?>... beans) {
        try (Application refused = application.likewise()) {
            Throwable thrown = catchThrowable(() -> refused.start(beans));
            assertThat(thrown).as("what the start throws").isNotNull();
            assertThat(refused.isRunning()).isFalse();
            Throwable root = NestedExceptionUtils.getMostSpecificCause(thrown);
            assertThat(root).isInstanceOf(InvalidRateLimitException.class);
            return root.getMessage();
        }
    }

    /** How a message begins that blames the annotation of the method {@code place}. */
    static String at(Class<?> type) {
        return "@RateLimited on " + type.getName() + "#place: ";
    }
}
