package io.github.ratelimited.aop;

import static io.github.ratelimited.aop.Application.allowedOf;
import static io.github.ratelimited.aop.RefusedStart.at;
import static io.github.ratelimited.aop.RefusedStart.refusalOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.ratelimited.RateLimited;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Nobody gets past a limit, or into the bucket of others, by not being there. */
class NullArgumentTest {

    record User(boolean admin, String id) {}

    static class Api {

        @RateLimited(permits = 1, per = "1d", key = "#user.id")
        public void get(@Nullable User user) {}

        @RateLimited(permits = 1, per = "1d", key = "{#user.id, #tenant}")
        public void ofTenant(@Nullable User user, String tenant) {}

        @RateLimited(permits = 1, per = "1d", condition = "!#user.admin")
        public void unlessAdmin(@Nullable User user) {}
    }

    static class Generic<R> {

        @RateLimited(permits = 1, per = "1d")
        public @Nullable R find() {
            return null;
        }
    }

    static class Futures extends Generic<CompletableFuture<String>> {}

    static class Twice {

        @RateLimited(name = "same", permits = 4, key = "#id")
        @RateLimited(name = "same", permits = 4, key = "#id")
        public void place(String id) {}
    }

    @AutoClose
    private final Application application = new Application();

    private Api api;

    @BeforeEach
    void start() {
        api = application.start(Api.class, Futures.class).bean(Api.class);
    }

    @Test
    void thePathOfAKeyThatLeadsNowhereIsTheKeyOfAllWhoAreAnonymous() {
        assertThat(allowedOf(3, () -> api.get(null))).isEqualTo(1);
        assertThat(allowedOf(3, () -> api.get(new User(false, "ann")))).isEqualTo(1);
    }

    @Test
    void aPartOfAKeyThatCannotBeToldFailsTheCall() {
        assertThatIllegalStateException()
                .isThrownBy(() -> api.ofTenant(null, "acme"))
                .withMessageContaining("key = \"{#user.id, #tenant}\" failed");
    }

    @Test
    void aConditionThatCannotBeToldFailsTheCall() {
        assertThatIllegalStateException()
                .isThrownBy(() -> api.unlessAdmin(null))
                .withMessageContaining("condition = \"!#user.admin\" failed");
    }

    @Test
    void aGenericReturnTypeIsWhatTheBeanMakesOfIt() {
        Futures futures = application.bean(Futures.class);
        futures.find();
        assertThat(futures.find()).isCompletedExceptionally();
    }

    @Test
    void oneNameTwiceWithOneKeyIsRefused() {
        assertThat(refusalOf(application, Twice.class))
                .isEqualTo(at(Twice.class) + "'same' stands there twice with the same key; leave one of them;"
                        + " if a call is to take more, say so by cost");
    }
}
