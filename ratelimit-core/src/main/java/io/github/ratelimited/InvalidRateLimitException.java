package io.github.ratelimited;

import java.io.Serial;

/** A limit is declared in a way that cannot work. Says where, what is wrong, and how to mend it. */
public class InvalidRateLimitException extends IllegalArgumentException {

    @Serial
    private static final long serialVersionUID = 1L;

    private final String place;
    private final String problem;
    private final String fix;

    /**
     * A mistake.
     *
     * @param place where it stands, such as {@code @RateLimited on com.acme.Orders#place}
     * @param problem what is wrong, with the value
     * @param fix what to write instead
     */
    public InvalidRateLimitException(String place, String problem, String fix) {
        super(place + ": " + problem + "; " + fix);
        this.place = place;
        this.problem = problem;
        this.fix = fix;
    }

    /** Where the mistake stands. */
    public String getPlace() {
        return place;
    }

    /** What is wrong, with the value. */
    public String getProblem() {
        return problem;
    }

    /** What to write instead. */
    public String getFix() {
        return fix;
    }
}
