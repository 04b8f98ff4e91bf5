package io.github.ratelimited.aop;

import java.util.List;

/** Where the limiter stands among the advice of other annotations on the same bean. */
public enum AdviceOrder {
    /**
     * Inside of {@code @Async}, {@code @Cacheable} and retries, outside of all else: what the cache answers costs
     * nothing, each retry counts, the thread of an asynchronous method waits instead of its caller, and no transaction
     * is open while a call waits.
     */
    CACHE_FIRST {
        @Override
        int position(List<AdviceKind> others) {
            int transaction = others.indexOf(AdviceKind.TRANSACTION);
            List<AdviceKind> before = transaction < 0 ? others : others.subList(0, transaction);
            return before.lastIndexOf(AdviceKind.DECIDING) + 1;
        }
    },
    /** Outside of all else: a call takes its permits once, whatever the cache holds and however often it is retried. */
    LIMIT_FIRST {
        @Override
        int position(List<AdviceKind> others) {
            return 0;
        }
    };

    /** The index for the limiter among the others, which are given from the outermost on. */
    abstract int position(List<AdviceKind> others);
}
