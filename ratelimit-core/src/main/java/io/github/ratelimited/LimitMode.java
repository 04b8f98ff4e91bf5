package io.github.ratelimited;

/** What comes of the decisions of a limit. */
public enum LimitMode {
    /** A call that is denied does not take place, and one whose turn has not come waits. */
    ENFORCE,
    /** The limit decides and counts as if it were enforced, but all calls go on at once: to see what it would deny. */
    SHADOW,
    /** Nothing is decided or counted. */
    OFF
}
