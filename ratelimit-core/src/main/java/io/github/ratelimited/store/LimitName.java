package io.github.ratelimited.store;

import org.jspecify.annotations.Nullable;

/**
 * What a limit is called.
 *
 * @param id what tells it from all others: the given name, or the declaring class and full signature of the method
 * @param shown what people are shown: the given name, or {@code Orders.place}
 * @param limitId the id of the limit of which this is a plan; of all others their own
 */
public record LimitName(String id, String shown, String limitId) implements Comparable<LimitName> {

    /** A limit, no plan of one. */
    public LimitName(String id, String shown) {
        this(id, shown, id);
    }

    /** A limit that was given a name. */
    public static LimitName of(String name) {
        return new LimitName(name, name);
    }

    /** What a plan of this limit is called: permits of its own, shown under the limit's name. */
    public LimitName ofPlan(String plan) {
        return new LimitName(id + "[" + plan + "]", shown, limitId);
    }

    /** Whether this is that limit or one of its plans, or that plan. */
    public boolean isOf(LimitName other) {
        return equals(other) || (other.plan() == null && limitId.equals(other.limitId));
    }

    /** The plan of which this is the name; {@code null} if it is that of a limit. */
    public @Nullable String plan() {
        return id.length() == limitId.length() ? null : id.substring(limitId.length() + 1, id.length() - 1);
    }

    /** Under which property an application configures the limit of that name: one with a dot stands in brackets. */
    public static String property(String name) {
        return "ratelimit.limits." + (name.contains(".") ? "[" + name + "]" : name);
    }

    @Override
    public int compareTo(LimitName other) {
        return id.compareTo(other.id);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other || (other instanceof LimitName that && id.equals(that.id));
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }
}
