package io.github.ratelimited.sample.live;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.sample.live.Tally.Outcome;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Makes calls under the limits of the page, and keeps account of them. */
@Component
class DemoCalls {

    private final CallListener listener;
    private final AtomicLong numbers = new AtomicLong();
    private final Map<String, Account> accounts = new TreeMap<>();

    DemoCalls(DemoLimits limits, CallListener listener) {
        this.listener = listener;
        DemoLimits.of(limits).forEach((name, method) -> accounts.put(name, new Account(method)));
    }

    /** @param pending calls that nobody knows the outcome of yet, in the order in which they came */
    private record Account(
            Function<@Nullable String, CompletableFuture<String>> method,
            Tally tally,
            ConcurrentSkipListMap<Long, Call> pending) {

        Account(Function<@Nullable String, CompletableFuture<String>> method) {
            this(method, new Tally(), new ConcurrentSkipListMap<>());
        }
    }

    Set<String> limits() {
        return accounts.keySet();
    }

    /**
     * Makes a call under the limit of that name; the future fails if it is denied.
     *
     * @throws IllegalArgumentException if there is no such limit
     */
    CompletableFuture<String> call(String limit, @Nullable String user) {
        Account account = account(limit);
        Call call = new Call(numbers.incrementAndGet(), user);
        account.pending.put(call.number(), call);
        CompletableFuture<String> answer = listener.listening(call, () -> account.method.apply(user));
        answer.whenComplete((said, failure) -> {
            account.pending.remove(call.number());
            if (failure == null) {
                account.tally.count(call.hasToWait() ? Outcome.WAITED : Outcome.ALLOWED, second());
            } else if (failure instanceof RateLimitExceededException) {
                account.tally.count(Outcome.DENIED, second());
            }
        });
        return answer;
    }

    /** Those who wait for their turn, in the order in which they came. */
    List<Call> waiting(String limit) {
        return account(limit).pending.values().stream().filter(Call::hasToWait).toList();
    }

    List<Tally.Second> lastMinute(String limit) {
        return account(limit).tally.lastMinute(second());
    }

    private Account account(String limit) {
        Account account = accounts.get(limit);
        if (account == null) {
            throw new IllegalArgumentException("limit = '" + limit + "' is none of the page; write one of " + limits());
        }
        return account;
    }

    private static long second() {
        return TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis());
    }
}
