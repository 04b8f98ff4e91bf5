package io.github.ratelimited.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.DurationTextFuzz;
import io.github.ratelimited.aop.CallCostFuzz;
import io.github.ratelimited.aop.ExpressionFuzz;
import io.github.ratelimited.aop.PointcutFuzz;
import io.github.ratelimited.autoconfigure.PropertyTreeFuzz;
import io.github.ratelimited.autoconfigure.actuate.EndpointFuzz;
import io.github.ratelimited.autoconfigure.client.HostLimitFuzz;
import io.github.ratelimited.autoconfigure.web.AddressBlockFuzz;
import io.github.ratelimited.autoconfigure.web.AnswerFieldsFuzz;
import io.github.ratelimited.autoconfigure.web.ClientAddressesFuzz;
import io.github.ratelimited.autoconfigure.web.RouteExpressionFuzz;
import io.github.ratelimited.autoconfigure.web.RoutePathFuzz;
import io.github.ratelimited.autoconfigure.web.RouteRuleFuzz;
import io.github.ratelimited.store.KeyTextFuzz;
import io.github.ratelimited.store.jdbc.RowFuzz;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Everything that parses, of all modules, each with what must hold for whatever it is given: some inputs in a build, long
 * with the profile {@code fuzz}.
 */
class FuzzingTest {

    private static final long SECONDS = Long.getLong("fuzz.seconds", 0);

    /** A build tries the same each time, and the profile something else. */
    private static final long SEED = Long.getLong("ratelimit.seed", SECONDS == 0 ? 1 : System.nanoTime());

    private static final ExecutorService processors =
            Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    private static final Map<Class<?>, Future<FuzzRun>> runs = new HashMap<>();

    static List<Class<?>> targets() {
        return List.of(
                DurationTextFuzz.class,
                ExpressionFuzz.class,
                CallCostFuzz.class,
                PointcutFuzz.class,
                KeyTextFuzz.class,
                RowFuzz.class,
                PropertyTreeFuzz.class,
                AddressBlockFuzz.class,
                ClientAddressesFuzz.class,
                RouteExpressionFuzz.class,
                RouteRuleFuzz.class,
                RoutePathFuzz.class,
                AnswerFieldsFuzz.class,
                HostLimitFuzz.class,
                EndpointFuzz.class);
    }

    @BeforeAll
    static void fuzzThemAll() {
        System.out.println("FuzzingTest: -Dratelimit.seed=" + SEED);
        targets().forEach(target -> runs.put(target, processors.submit(() -> FuzzRun.of(target, SECONDS, SEED))));
    }

    @AfterAll
    static void endThem() {
        processors.shutdownNow();
    }

    @ParameterizedTest
    @MethodSource("targets")
    void whateverItIsGivenWhatMustHoldHolds(Class<?> target)
            throws IOException, InterruptedException, ExecutionException {
        FuzzRun run = runs.get(target).get();
        System.out.println(run.summary());
        System.out.println("figure: inputs tried = " + run.inputs());
        assertThat(run.foundNothing()).as(run.report()).isTrue();
    }
}
