package io.github.ratelimited.store;

import io.github.ratelimited.Limit;

/** A limit under its name; the numbers can be replaced while it is in use. */
public final class NamedLimit {

    private final LimitName name;
    private volatile Limit limit;

    /** A limit under a name. */
    public NamedLimit(LimitName name, Limit limit) {
        this.name = name;
        this.limit = limit;
    }

    /** The name. */
    public LimitName name() {
        return name;
    }

    /** The numbers in force now. */
    public Limit limit() {
        return limit;
    }

    /** Puts other numbers in force, from the next call on. */
    public void replace(Limit limit) {
        this.limit = limit;
    }
}
