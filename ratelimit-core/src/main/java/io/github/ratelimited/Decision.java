package io.github.ratelimited;

import java.io.Serial;
import java.io.Serializable;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of one request for permits: allowed now, allowed after a wait (the permits are reserved), or denied (none
 * is taken). Made by a store; of several limits taken together it speaks of the one that decided, and {@link #parts()}
 * of each.
 */
public sealed class Decision implements Serializable {

    @Serial
    private static final long serialVersionUID = 1L;

    /** Why a request was allowed or denied. In this order they are serialized: others are added at the end. */
    public enum Reason {
        /** Allowed: the permits were there, or will be after {@link #waitTime()}. */
        WITHIN_LIMIT,
        /** Denied: the permits are used up, and waiting for more would take longer than the caller will wait. */
        OVER_LIMIT,
        /** Denied for good: the call costs more than the limit ever holds. */
        COST_ABOVE_LIMIT,
        /** The store gave no answer; allowed or denied as the policy for that case says. */
        STORE_UNAVAILABLE,
        /** Denied: the thread was interrupted while it waited, or the application ended; its permits were given back. */
        INTERRUPTED,
        /** Denied: the key has been denied so often that it is shut out for a while. */
        PENALIZED,
        /** Allowed without being counted: the limit is switched off. */
        LIMIT_OFF
    }

    private static final long NEVER = -1;

    /** What was said is yes; in shadow mode nobody is bound by it. */
    private static final int YES = 1;

    private static final int SHADOW = 2;
    private static final int COUNTED = 4;

    private static final Reason[] REASONS = Reason.values();
    private static final VarHandle REFUNDED;

    static {
        try {
            REFUNDED = MethodHandles.lookup().findVarHandle(Decision.class, "refunded", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    // A million may be held by those who wait, and one is made for each call, so all is as small as it can be.

    private final byte said;

    /** Its place in {@link #REASONS}. */
    private final byte reason;

    private final String limitName;
    private final Limit limit;
    private final long cost;
    private final long remaining;

    /** Of a yes the wait, of a no when to try again. */
    private final long delayNanos;

    private final long resetNanos;
    private final long grantedAt;
    private final long before;

    @SuppressWarnings("unused") // by REFUNDED
    private volatile boolean refunded;

    @SuppressWarnings("EnumOrdinal") // a byte is what there is room for
    private Decision(
            int said,
            Reason reason,
            String limitName,
            Limit limit,
            long cost,
            long remaining,
            long delayNanos,
            long resetNanos,
            long grantedAt,
            long before) {
        this.said = (byte) said;
        this.reason = (byte) reason.ordinal();
        this.limitName = limitName;
        this.limit = limit;
        this.cost = cost;
        this.remaining = remaining;
        this.delayNanos = delayNanos;
        this.resetNanos = resetNanos;
        this.grantedAt = grantedAt;
        this.before = before;
    }

    /** As another one, but for some of it. */
    private Decision(
            Decision other, int said, Reason reason, long delayNanos, long resetNanos, long grantedAt, long before) {
        this(
                said,
                reason,
                other.limitName,
                other.limit,
                other.cost,
                other.remaining,
                delayNanos,
                resetNanos,
                grantedAt,
                before);
    }

    /** On several limits taken together. */
    private static final class OfSeveral extends Decision {

        @Serial
        private static final long serialVersionUID = 1L;

        @SuppressWarnings("serial") // always one of List.of
        private final List<Decision> parts;

        OfSeveral(
                Decision other,
                int said,
                Reason reason,
                long delayNanos,
                long resetNanos,
                long grantedAt,
                long before,
                List<Decision> parts) {
            super(other, said, reason, delayNanos, resetNanos, grantedAt, before);
            this.parts = parts;
        }

        @Override
        public List<Decision> parts() {
            return parts;
        }
    }

    /**
     * Permits were taken.
     *
     * @param remaining permits left after this request
     * @param resetNanos until nothing would be taken any more if nobody called again
     * @param waitNanos until the caller may go on; 0 = now
     * @param grantedAt the moment for which they were taken, by the store's clock
     * @param before the store's own mark of what was there before; with {@code grantedAt} it is what a refund needs
     */
    public static Decision allowed(
            String limitName,
            Limit limit,
            long cost,
            long remaining,
            long resetNanos,
            long waitNanos,
            long grantedAt,
            long before) {
        return new Decision(
                YES | COUNTED,
                Reason.WITHIN_LIMIT,
                limitName,
                limit,
                cost,
                remaining,
                waitNanos,
                resetNanos,
                grantedAt,
                before);
    }

    /** Nothing was taken; the same request could be allowed in {@code retryNanos} if nobody else calls. */
    public static Decision overLimit(
            String limitName, Limit limit, long cost, long remaining, long retryNanos, long resetNanos) {
        return new Decision(
                COUNTED, Reason.OVER_LIMIT, limitName, limit, cost, remaining, retryNanos, resetNanos, 0, 0);
    }

    /** Nothing was taken, nor ever will be: the cost is above what the limit holds. */
    public static Decision costAboveLimit(String limitName, Limit limit, long cost, long remaining, long resetNanos) {
        return new Decision(
                COUNTED, Reason.COST_ABOVE_LIMIT, limitName, limit, cost, remaining, NEVER, resetNanos, 0, 0);
    }

    /**
     * The store gave no answer, so this is what the policy for that case says; no permit was taken.
     *
     * @param retryNanos if denied, when it is worth another try
     */
    public static Decision storeUnavailable(
            boolean allowed, String limitName, Limit limit, long cost, long retryNanos) {
        int said = allowed ? YES : 0;
        long delayNanos = allowed ? 0 : retryNanos;
        return new Decision(said, Reason.STORE_UNAVAILABLE, limitName, limit, cost, 0, delayNanos, 0, 0, 0);
    }

    /** Nothing was taken: the key is shut out for {@code retryNanos} from now. */
    public static Decision penalized(String limitName, Limit limit, long cost, long retryNanos) {
        return new Decision(COUNTED, Reason.PENALIZED, limitName, limit, cost, 0, retryNanos, retryNanos, 0, 0);
    }

    /** Nothing was counted: the limit is switched off. */
    public static Decision limitOff(String limitName, Limit limit, long cost) {
        return new Decision(YES, Reason.LIMIT_OFF, limitName, limit, cost, limit.burst(), 0, 0, 0, 0);
    }

    /**
     * One decision on several limits of which some are in shadow mode or off: that of those that are enforced, or if none
     * is, a yes without a wait.
     *
     * @param enforced what was decided on those that are enforced; {@code null} if none is
     * @param parts each limit's own decision, in the order of the request; not empty
     */
    public static Decision withShadows(@Nullable Decision enforced, List<Decision> parts) {
        return enforced != null
                ? enforced.joined(parts, enforced.waitNanos())
                : parts.get(0).joined(parts, 0);
    }

    /**
     * One decision on several limits taken together. Allowed: the longest wait, and the numbers of the limit with the
     * fewest permits left. Denied: the numbers of the limit that holds the caller back longest.
     *
     * @param parts each limit's own decision, in the order of the request; not empty
     */
    public static Decision ofAll(List<Decision> parts) {
        Decision deciding = parts.get(0);
        long wait = 0;
        for (Decision part : parts) {
            if (part.decidesOver(deciding)) {
                deciding = part;
            }
            wait = Math.max(wait, part.waitNanos());
        }
        return deciding.joined(parts, wait);
    }

    private boolean decidesOver(Decision other) {
        if (allowed() != other.allowed()) {
            return !allowed();
        }
        return allowed() ? remaining < other.remaining : retryOrForever() > other.retryOrForever();
    }

    /** Whether this is a denial that is over in less than that. */
    public boolean deniedForLessThan(long nanos) {
        return reason() == Reason.OVER_LIMIT && delayNanos < nanos;
    }

    private long retryOrForever() {
        return delayNanos == NEVER ? Long.MAX_VALUE : delayNanos;
    }

    /** As that on all parts; a yes for after so long a wait. */
    private Decision joined(List<Decision> all, long waitNanos) {
        return new OfSeveral(
                this,
                said,
                reason(),
                said(YES) ? waitNanos : delayNanos,
                resetNanos,
                grantedAt,
                before,
                List.copyOf(all));
    }

    private Decision with(int said, Reason reason) {
        return with(said, reason, delayNanos, resetNanos, grantedAt, before);
    }

    private Decision with(int said, Reason reason, long delayNanos, long resetNanos, long grantedAt, long before) {
        return this instanceof OfSeveral several
                ? new OfSeveral(this, said, reason, delayNanos, resetNanos, grantedAt, before, several.parts)
                : new Decision(this, said, reason, delayNanos, resetNanos, grantedAt, before);
    }

    /** This decision marked as that of a stand-in who counted the permits, since the store itself gave no answer. */
    public Decision ofStandIn() {
        return with(said | COUNTED, Reason.STORE_UNAVAILABLE);
    }

    /** This decision marked as one for which nobody counted permits, since the store gave no answer. */
    public Decision uncounted() {
        return with(said & ~COUNTED, Reason.STORE_UNAVAILABLE);
    }

    /** This denial as it is {@code nanos} later, if nobody called in between: {@link #retryAfter()} is so much shorter. */
    public Decision later(long nanos) {
        boolean stays = said(YES) || delayNanos == NEVER;
        return with(
                said,
                reason(),
                stays ? delayNanos : Math.max(0, delayNanos - nanos),
                Math.max(0, resetNanos - nanos),
                grantedAt,
                before);
    }

    /** This decision as that of a limit in shadow mode: allowed, whatever it says. */
    public Decision inShadow() {
        return with(said | SHADOW, reason());
    }

    /** This decision as that of a limit that is enforced. */
    public Decision enforced() {
        return with(said & ~SHADOW, reason());
    }

    /** This decision turned into the denial of a caller whose wait was interrupted. */
    public Decision interrupted() {
        return with(said & COUNTED, Reason.INTERRUPTED, waitNanos(), resetNanos, 0, 0);
    }

    private boolean said(int what) {
        return (said & what) != 0;
    }

    /** Whether the caller may go on, after {@link #waitTime()}. */
    public boolean allowed() {
        return said(YES | SHADOW);
    }

    /** Why. */
    public Reason reason() {
        return REASONS[reason];
    }

    /**
     * Whether permits were counted, by the store or by whoever stood in for it. If not, the store gave no answer, the
     * policy for that case decided by itself, and {@link #remaining()} and {@link #resetAfter()} mean nothing.
     */
    public boolean counted() {
        return said(COUNTED);
    }

    /** Whether the limit is in shadow mode: it decides, but neither denies nor makes anybody wait. */
    public boolean shadow() {
        return said(SHADOW);
    }

    /** Whether the limit is in shadow mode and would have denied; {@link #reason()} tells why. */
    public boolean shadowDenied() {
        return shadow() && !said(YES);
    }

    /** The name of the limit that decided, as people are shown it; {@link RateLimiterRegistry#get} takes it too. */
    public String limitName() {
        return limitName;
    }

    /** The limit that decided. */
    public Limit limit() {
        return limit;
    }

    /** The permits that were asked for. */
    public long cost() {
        return cost;
    }

    /** The permits that are left, this request's already taken if it was allowed. */
    public long remaining() {
        return remaining;
    }

    /** When the permits for the same request will be there: zero if they are, {@code null} if never. */
    public @Nullable Duration retryAfter() {
        return said(YES) ? Duration.ZERO : delayNanos == NEVER ? null : Duration.ofNanos(delayNanos);
    }

    /** How long until the limit is as if never used, if nobody calls again. */
    public Duration resetAfter() {
        return Duration.ofNanos(resetNanos);
    }

    /** How long the caller has to wait for its turn; zero if it may go on now, and when denied. */
    public Duration waitTime() {
        return Duration.ofNanos(waitNanos());
    }

    /** {@link #waitTime()} in nanoseconds. */
    public long waitNanos() {
        return said(YES) ? delayNanos : 0;
    }

    /** The moment for which the permits were taken, in nanoseconds of the store's clock. */
    public long grantedAt() {
        return grantedAt;
    }

    /** The store's own mark of what was there before they were taken. */
    public long before() {
        return before;
    }

    /** Of several limits taken together each one's own decision, in the order of the request; else this one alone. */
    public List<Decision> parts() {
        return List.of(this);
    }

    /** One of {@link #parts()}. */
    public Decision part(int index) {
        return this instanceof OfSeveral several ? several.parts.get(index) : this;
    }

    /** True once, for an allowed decision: whoever gets it may give the permits back, so that none returns twice. */
    public boolean takeRefund() {
        return allowed() && REFUNDED.compareAndSet(this, false, true);
    }

    /** This decision, from now on one by which nothing was taken, so that there is nothing to give back. */
    public Decision notToBeRefunded() {
        takeRefund();
        return this;
    }

    @Override
    public String toString() {
        String numbers = " '" + limitName + "' (" + limit + "), cost " + cost + ", remaining " + remaining;
        if (shadowDenied()) {
            return "denied in shadow mode, and let through, by" + numbers + ", " + reason();
        }
        if (said(YES)) {
            return "allowed by" + numbers + (delayNanos == 0 ? "" : ", wait " + Durations.rounded(waitTime()));
        }
        Duration retryAfter = retryAfter();
        return "denied by" + numbers + ", " + reason() + ", retry after "
                + (retryAfter == null ? "never" : Durations.rounded(retryAfter));
    }
}
