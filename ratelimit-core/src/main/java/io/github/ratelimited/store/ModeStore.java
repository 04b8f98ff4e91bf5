package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.LimitMode;
import io.github.ratelimited.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Asks the store as each limit's {@link LimitMode} says: limits that are enforced together, all or nothing; limits in
 * shadow mode each by itself, so that none keeps another from being counted; those that are off not at all.
 */
public final class ModeStore implements LimiterStore {

    private final LimiterStore store;
    private final LimitPolicies policies;

    /** Around {@code store}. */
    public ModeStore(LimiterStore store, LimitPolicies policies) {
        this.store = store;
        this.policies = policies;
    }

    /** A request by the modes of its limits, as they are now. */
    private final class Split {

        private final List<Claim> claims;
        private final List<LimitMode> modes;
        private final @Nullable AcquireRequest enforced;

        Split(AcquireRequest request) {
            this.claims = request.claims();
            this.modes = claims.stream()
                    .map(claim -> policies.of(claim.name()).mode())
                    .toList();
            List<Claim> some = new ArrayList<>(claims.size());
            for (int i = 0; i < claims.size(); i++) {
                if (modes.get(i) == LimitMode.ENFORCE) {
                    some.add(claims.get(i));
                }
            }
            this.enforced = some.isEmpty() ? null : some.size() == claims.size() ? request : new AcquireRequest(some);
        }

        boolean isShadow(int index) {
            return modes.get(index) == LimitMode.SHADOW;
        }

        /**
         * The decision on all.
         *
         * @param decided that on those that are enforced; {@code null} if none is
         * @param shadows those on the ones in shadow mode, in their order
         */
        Decision decision(@Nullable Decision decided, List<Decision> shadows) {
            List<Decision> parts = new ArrayList<>(claims.size());
            int nextEnforced = 0;
            int nextShadow = 0;
            for (int i = 0; i < claims.size(); i++) {
                Claim claim = claims.get(i);
                if (modes.get(i) == LimitMode.ENFORCE && decided != null) {
                    parts.add(decided.part(nextEnforced++));
                } else if (isShadow(i)) {
                    parts.add(shadows.get(nextShadow++).inShadow());
                } else {
                    parts.add(off(claim));
                }
            }
            return Decision.withShadows(decided, parts);
        }
    }

    @Override
    public Decision acquire(AcquireRequest request) {
        if (isEnforced(request)) {
            return store.acquire(request);
        }
        Split split = new Split(request);
        if (!store.answersAtOnce()) {
            return join(ask(split));
        }
        Decision decided = split.enforced == null ? null : store.acquire(split.enforced);
        if (decided != null && !decided.allowed()) {
            return decided;
        }
        List<Decision> shadows = new ArrayList<>(split.claims.size());
        for (int i = 0; i < split.claims.size(); i++) {
            if (split.isShadow(i)) {
                shadows.add(store.acquire(AcquireRequest.of(split.claims.get(i))));
            }
        }
        return split.decision(decided, shadows);
    }

    @Override
    public boolean tryAcquire(Claim claim) {
        return isEnforced(claim)
                ? store.tryAcquire(claim)
                : acquire(AcquireRequest.of(claim)).allowed();
    }

    @Override
    public CompletionStage<Decision> acquireAsync(AcquireRequest request) {
        return isEnforced(request) ? store.acquireAsync(request) : ask(new Split(request));
    }

    private boolean isEnforced(AcquireRequest request) {
        for (Claim claim : request.claims()) {
            if (!isEnforced(claim)) {
                return false;
            }
        }
        return true;
    }

    private boolean isEnforced(Claim claim) {
        return policies.allEnforced() || policies.of(claim.name()).mode() == LimitMode.ENFORCE;
    }

    /** What the store throws is thrown as it is. */
    private static Decision join(CompletableFuture<Decision> answer) {
        try {
            return answer.join();
        } catch (CompletionException failure) {
            throw failure.getCause() instanceof RuntimeException cause ? cause : failure;
        }
    }

    /** All at the same time, so that a call takes no longer than one trip. What a denied call took in shadow goes back. */
    private CompletableFuture<Decision> ask(Split split) {
        List<AcquireRequest> requests = new ArrayList<>(split.claims.size());
        for (int i = 0; i < split.claims.size(); i++) {
            if (split.isShadow(i)) {
                requests.add(AcquireRequest.of(split.claims.get(i)));
            }
        }
        CompletableFuture<@Nullable Decision> enforced = split.enforced == null
                ? CompletableFuture.completedFuture(null)
                : store.acquireAsync(split.enforced).toCompletableFuture();
        List<CompletableFuture<Decision>> shadows = requests.stream()
                .map(each -> store.acquireAsync(each).toCompletableFuture().exceptionally(failure -> uncounted(each)))
                .toList();
        return CompletableFuture.allOf(shadows.toArray(CompletableFuture[]::new))
                .thenCombine(enforced, (done, decided) -> {
                    List<Decision> answers =
                            shadows.stream().map(CompletableFuture::join).toList();
                    if (decided == null || decided.allowed()) {
                        return split.decision(decided, answers);
                    }
                    for (int i = 0; i < answers.size(); i++) {
                        store.refund(requests.get(i), answers.get(i));
                    }
                    return decided;
                });
    }

    /** What is only tried out fails no call. */
    private static Decision uncounted(AcquireRequest request) {
        Claim claim = request.claims().get(0);
        return Decision.storeUnavailable(true, claim.name().shown(), claim.limit(), claim.cost(), 0);
    }

    /** By what the decision says of each limit: its mode may be another one by now. */
    @Override
    public void refund(AcquireRequest request, Decision decision) {
        List<Claim> claims = request.claims();
        boolean enforced = true;
        for (int i = 0; i < claims.size() && enforced; i++) {
            enforced = isEnforced(decision.part(i));
        }
        if (enforced) {
            store.refund(request, decision);
        } else if (decision.takeRefund()) {
            for (int i = claims.size() - 1; i >= 0; i--) {
                Decision part = decision.part(i);
                if (part.counted() && !part.shadowDenied()) {
                    store.refund(AcquireRequest.of(claims.get(i)), part.enforced());
                }
            }
        }
    }

    private static boolean isEnforced(Decision part) {
        return !part.shadow() && part.reason() != Decision.Reason.LIMIT_OFF;
    }

    @Override
    public boolean answersAtOnce() {
        return store.answersAtOnce();
    }

    @Override
    public long turnAt(Decision reserved, TimeSource timeSource) {
        return store.turnAt(reserved, timeSource);
    }

    @Override
    public Decision peek(Claim claim) {
        LimitMode mode = policies.of(claim.name()).mode();
        return mode == LimitMode.OFF ? off(claim) : shown(store.peek(claim), mode);
    }

    @Override
    public CompletionStage<Decision> peekAsync(Claim claim) {
        LimitMode mode = policies.of(claim.name()).mode();
        return mode == LimitMode.OFF
                ? CompletableFuture.completedFuture(off(claim))
                : store.peekAsync(claim).thenApply(peeked -> shown(peeked, mode));
    }

    private static Decision off(Claim claim) {
        return Decision.limitOff(claim.name().shown(), claim.limit(), claim.cost());
    }

    private static Decision shown(Decision peeked, LimitMode mode) {
        return mode == LimitMode.SHADOW ? peeked.inShadow().notToBeRefunded() : peeked;
    }

    @Override
    public void giveBack(Claim claim) {
        store.giveBack(claim);
    }

    @Override
    public void reset(LimitName name, @Nullable String key) {
        store.reset(name, key);
    }

    @Override
    public Claim claim(LimitName name, Limit limit, @Nullable String key, long cost, long maxWaitNanos) {
        return store.claim(name, limit, key, cost, maxWaitNanos);
    }
}
