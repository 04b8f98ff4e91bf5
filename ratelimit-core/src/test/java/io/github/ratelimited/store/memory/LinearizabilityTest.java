package io.github.ratelimited.store.memory;

import static io.github.ratelimited.Algorithm.FIXED_WINDOW;
import static io.github.ratelimited.Algorithm.SLIDING_WINDOW;
import static io.github.ratelimited.Algorithm.TOKEN_BUCKET;
import static io.github.ratelimited.store.memory.Scenarios.scenario;
import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.Proportion;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever threads do to the store at one time, each gets the answer that it would get if they came one after another, in
 * some order that keeps those in order who did not meet. Lincheck makes up what they do, and looks for that order.
 */
class LinearizabilityTest {

    /** Set by the profile of that name; each build tries a little of it. */
    private static final boolean STRESS = Boolean.getBoolean("ratelimit.stress");

    /** Values, and what one thread uses: there is nothing to interleave. */
    private static final Set<String> VALUES = Set.of(
            AcquireRequest.class.getName(),
            Claim.class.getName(),
            Decision.class.getName(),
            StoreOperations.Clock.class.getName(),
            Limit.class.getName(),
            LimitName.class.getName(),
            Origin.class.getName(),
            Proportion.class.getName(),
            TimeSource.class.getName());

    public static final class TokenBucketWithoutKey extends OneBucketOperations {
        public TokenBucketWithoutKey() {
            super(null, limits(TOKEN_BUCKET, TOKEN_BUCKET));
        }
    }

    public static final class FixedWindowOfAKey extends OneBucketOperations {
        public FixedWindowOfAKey() {
            super("ann", limits(FIXED_WINDOW, FIXED_WINDOW));
        }
    }

    public static final class SlidingWindowOfAKey extends OneBucketOperations {
        public SlidingWindowOfAKey() {
            super("ann", limits(SLIDING_WINDOW, SLIDING_WINDOW));
        }
    }

    public static final class BucketThatBecomesAWindow extends OneBucketOperations {
        public BucketThatBecomesAWindow() {
            super(null, limits(TOKEN_BUCKET, FIXED_WINDOW));
        }
    }

    public static final class TokensGivenBack extends RefundOperations {
        public TokensGivenBack() {
            super("ann", limit(4, TOKEN_BUCKET));
        }
    }

    public static final class WindowsGivenBack extends RefundOperations {
        public WindowsGivenBack() {
            super(null, limit(4, SLIDING_WINDOW));
        }
    }

    public static final class SeveralLimits extends SeveralLimitsOperations {
        public SeveralLimits() {
            super(limit(4, TOKEN_BUCKET), limit(4, SLIDING_WINDOW));
        }
    }

    public static final class CrowdedBuckets extends CrowdedStoreOperations {
        public CrowdedBuckets() {
            super(1, limit(4, TOKEN_BUCKET));
        }
    }

    public static final class RoomyBuckets extends CrowdedStoreOperations {
        public RoomyBuckets() {
            super(1_000, limit(4, TOKEN_BUCKET));
        }
    }

    public static final class CrowdedLogs extends CrowdedStoreOperations {
        public CrowdedLogs() {
            super(1, limit(4, SLIDING_WINDOW));
        }
    }

    public static final class RoomyLogs extends CrowdedStoreOperations {
        public RoomyLogs() {
            super(1_000, limit(4, SLIDING_WINDOW));
        }
    }

    /** Where the order is not to be found in the same operations, run one after another. */
    private static final Map<Class<?>, Class<?>> SPECIFICATIONS =
            Map.of(CrowdedBuckets.class, RoomyBuckets.class, CrowdedLogs.class, RoomyLogs.class);

    private static final List<String> CROWDED = List.of(
            "-> acquire 1 1 3 0, acquire 1 1 1 0 | acquire 2 1 1 0 -> acquire 0 1 1 0",
            "acquire 0 1 3 0 -> acquire 1 1 1 0 | acquire 2 1 1 0 -> acquire 0 1 1 0",
            "-> acquire 1 0 1 0 | acquire 2 1 1 0 -> acquire 0 0 3 0, acquire 0 0 1 0");

    /** What has gone wrong before, or would without a line of the store. Lincheck makes up more. */
    private static final Map<Class<?>, List<String>> SCENARIOS = Map.of(
            TokensGivenBack.class,
            List.of(
                    "-> giveBackMine 1 | reset, acquire 2 3 0 -> acquire 0 3 1",
                    "-> giveBackMine 1 | acquire 2 1 0 -> acquire 0 1 1",
                    "-> acquire 1 1 0 | acquire 2 1 1 -> acquire 0 1 1"),
            BucketThatBecomesAWindow.class,
            List.of(
                    "-> acquire 1 1 2 0 | reset -> peek 1 2",
                    "-> acquire 1 1 1 0 | acquire 2 0 1 0 -> peek 0 0",
                    "-> tryAcquire 0 | acquire 2 0 2 2 -> peek 0 2",
                    "-> giveBack 1 1 | acquire 2 0 1 2 -> peek 1 0"),
            CrowdedLogs.class,
            CROWDED,
            CrowdedBuckets.class,
            CROWDED,
            SeveralLimits.class,
            List.of(
                    "-> acquireBoth 1 1 1 0 | tryAcquireOther 1 -> peekOne, peekOther",
                    "-> acquireBoth 1 2 1 0 | acquireBoth 2 1 1 0 -> peekOne, peekOther",
                    "-> acquireBoth 1 2 1 2 | resetOther, tryAcquireOther 2 -> peekOne, peekOther"));

    static Set<Class<?>> withScenarios() {
        return SCENARIOS.keySet();
    }

    static List<Class<?>> all() {
        return List.of(
                TokenBucketWithoutKey.class,
                FixedWindowOfAKey.class,
                SlidingWindowOfAKey.class,
                BucketThatBecomesAWindow.class,
                TokensGivenBack.class,
                WindowsGivenBack.class,
                SeveralLimits.class,
                CrowdedBuckets.class,
                CrowdedLogs.class);
    }

    /** Two threads, which are halted at each access to what they share, and go on in all sorts of orders. */
    @ParameterizedTest
    @MethodSource("withScenarios")
    void fitsSomeOrderHoweverThreadsAreHalted(Class<?> operations) {
        ModelCheckingOptions options = new ModelCheckingOptions()
                .iterations(STRESS ? 30 : 0)
                .invocationsPerIteration(STRESS ? 200 : 100)
                .threads(2)
                .addGuarantee(forClasses(LinearizabilityTest::isOfNoInterest)
                        .allMethods()
                        .ignore())
                .addGuarantee(
                        forClasses(LinearizabilityTest::isAtomic).allMethods().treatAsAtomic());
        SCENARIOS.get(operations).forEach(words -> options.addCustomScenario(scenario(operations, words)));
        check(options, operations);
    }

    private static boolean isOfNoInterest(String className) {
        return VALUES.contains(className)
                || (className.startsWith("java.") && !className.startsWith("java.util.concurrent."));
    }

    private static boolean isAtomic(String className) {
        return className.startsWith("java.util.concurrent.ConcurrentHashMap");
    }

    /** Three threads, as fast as they can. */
    @ParameterizedTest
    @MethodSource("all")
    void fitsSomeOrderHoweverFastTheyAre(Class<?> operations) {
        check(
                new StressOptions()
                        .iterations(STRESS ? 30 : 6)
                        .invocationsPerIteration(STRESS ? 500 : 150)
                        .threads(3),
                operations);
    }

    private static void check(Options<?, ?> options, Class<?> operations) {
        long before = CountingVerifier.RUNS.get();
        options.actorsBefore(2).actorsPerThread(2).actorsAfter(1).verifier(CountingVerifier.class);
        options.sequentialSpecification(SPECIFICATIONS.getOrDefault(operations, operations));
        options.check(operations);
        System.out.println("figure: runs of " + operations.getSimpleName() + " by "
                + options.getClass().getSimpleName() + " = " + (CountingVerifier.RUNS.get() - before));
    }
}
