package io.github.ratelimited.store;

/** Hears what becomes of the questions to a store that may fail, say to count them. */
public interface StoreListener {

    /** What became of a question. */
    enum Outcome {
        /** The store has answered. */
        ANSWERED,
        /** The store has refused, or could not be reached. */
        FAILED,
        /** There was no answer in time. */
        TIMED_OUT,
        /** It was not asked: the store is known to give no answer. */
        NOT_ASKED
    }

    /** Wants to hear nothing. */
    StoreListener NONE = (store, outcome, nanos) -> {};

    /**
     * A question is over, from call to answer; told by whichever thread it is over by, which must not be held up. What is
     * thrown is logged, once.
     *
     * @param store the name of the store
     * @param nanos how long it was under way
     */
    void over(String store, Outcome outcome, long nanos);
}
