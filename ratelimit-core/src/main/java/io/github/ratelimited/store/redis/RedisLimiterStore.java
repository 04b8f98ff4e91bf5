package io.github.ratelimited.store.redis;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.StoreUnavailableException;
import io.github.ratelimited.store.UnusableBucketException;
import io.github.ratelimited.store.redis.RedisLimit.Numbers;
import io.github.ratelimited.store.redis.SharedTrips.Outcome;
import io.github.ratelimited.store.redis.SharedTrips.Question;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.cluster.SlotHash;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Counts in Redis or Valkey, by the server's clock. A bucket is one key, which expires by itself once it is full again; a
 * decision is one script call, on all its buckets and for all requests of a batch that ask for the same ones. On a
 * cluster, buckets on different nodes are asked one after the other, and given back if a later one denies or fails.
 *
 * <p>Has no timeout and no patience: {@link io.github.ratelimited.store.FailSafeStore} has both.
 */
public final class RedisLimiterStore implements LimiterStore {

    /** For what an operator asks for, and waits for. */
    private static final long PATIENCE_SECONDS = 10;

    /** How much longer than it has to be a bucket is kept. */
    private static final Duration SLACK = Duration.ofSeconds(1);

    /** What the server says around the error of a command in a script: before Redis 7 in front of it, since then behind. */
    private static final Pattern WHERE_IN_THE_SCRIPT =
            Pattern.compile("^ERR Error running script \\(.*?: -(?=[A-Z]+ )| script: \\w+, on @user_script:\\d+\\.?$");

    private final RedisConnection connection;
    private final String prefix;
    private final Script together;
    private final Script apart;
    private final Script refund;
    private final Script giveBack;

    /** For requests for one bucket each; {@code null} where buckets are on several nodes. */
    private final @Nullable SharedTrips trips;

    /**
     * A store.
     *
     * @param prefix how all its keys begin
     */
    public RedisLimiterStore(RedisConnection connection, String prefix) {
        this(connection, prefix, Script.SERVER_CLOCK, SLACK);
    }

    /** A store by another clock, for tests: Lua that gives seconds and microseconds. */
    RedisLimiterStore(RedisConnection connection, String prefix, String clock, Duration slack) {
        this.connection = connection;
        this.prefix = prefix;
        this.together = Script.load(
                clock, slack, "bucket.lua", "together.lua", "buckets.lua", "general.lua", "together-general.lua");
        this.apart =
                Script.load(clock, slack, "bucket.lua", "apart.lua", "buckets.lua", "general.lua", "apart-general.lua");
        this.refund = Script.load(clock, slack, "buckets.lua", "refund.lua");
        this.giveBack = Script.load(clock, slack, "buckets.lua", "give-back.lua");
        this.trips = connection.isCluster() ? null : new SharedTrips(this::askApart, connection.time());
    }

    @Override
    public Claim claim(LimitName name, Limit limit, @Nullable String key, long cost, long maxWaitNanos) {
        return new RedisClaim(prefix, name, RedisLimit.of(name, limit), key, cost, maxWaitNanos);
    }

    private List<RedisClaim> claims(AcquireRequest request) {
        List<RedisClaim> claims = new ArrayList<>(request.claims().size());
        for (Claim claim : request.claims()) {
            claims.add(known(claim));
        }
        return claims;
    }

    private RedisClaim known(Claim claim) {
        return claim instanceof RedisClaim known
                ? known
                : (RedisClaim) claim(claim.name(), claim.limit(), claim.key(), claim.cost(), claim.maxWaitNanos());
    }

    @Override
    public Decision acquire(AcquireRequest request) {
        return await(acquireAsync(request));
    }

    @Override
    public CompletionStage<Decision> acquireAsync(AcquireRequest request) {
        List<RedisClaim> claims = claims(request);
        for (RedisClaim claim : claims) {
            if (claim.aboveLimit()) {
                return costAboveLimit(claim);
            }
        }
        return isSpread(claims)
                ? acquireSpread(request, claims)
                : ask(List.of(claims)).thenApply(decisions -> decisions.get(0));
    }

    /**
     * One script call for each run of requests for the same buckets, in order. If one fails all do, and what the others
     * were granted is given back.
     */
    @Override
    public CompletionStage<List<Decision>> acquireAll(List<AcquireRequest> requests) {
        List<List<RedisClaim>> claims = requests.stream().map(this::claims).toList();
        List<Run> runs = new ArrayList<>();
        for (int begin = 0, end; begin < claims.size(); begin = end) {
            end = begin + 1;
            boolean alone = isAlone(claims.get(begin));
            while (!alone
                    && end < claims.size()
                    && !isAlone(claims.get(end))
                    && areSameBuckets(claims.get(begin), claims.get(end))) {
                end++;
            }
            CompletionStage<List<Decision>> answer = alone
                    ? acquireAsync(requests.get(begin)).thenApply(List::of)
                    : begin == 0 && end == claims.size() ? ask(claims) : askTogether(claims.subList(begin, end), false);
            runs.add(new Run(requests.subList(begin, end), answer.toCompletableFuture()));
        }
        if (runs.size() == 1) {
            return runs.get(0).answer;
        }
        return CompletableFuture.allOf(runs.stream().map(Run::answer).toArray(CompletableFuture[]::new))
                .thenApply(done ->
                        runs.stream().flatMap(run -> run.answer.join().stream()).toList())
                .whenComplete((all, failure) -> {
                    if (failure != null) {
                        for (int i = runs.size(); i > 0; i--) {
                            giveBack(runs.get(i - 1));
                        }
                    }
                });
    }

    /** Requests that one call is made for. */
    private record Run(List<AcquireRequest> requests, CompletableFuture<List<Decision>> answer) {}

    private void giveBack(Run run) {
        if (!run.answer.isCompletedExceptionally()) {
            giveBack(run.requests, run.answer.join());
        }
    }

    private boolean isAlone(List<RedisClaim> claims) {
        return claims.stream().anyMatch(Claim::aboveLimit) || isSpread(claims);
    }

    private static boolean areSameBuckets(List<RedisClaim> some, List<RedisClaim> others) {
        if (some.size() != others.size()) {
            return false;
        }
        for (int i = 0; i < some.size(); i++) {
            if (!some.get(i).redisKey.equals(others.get(i).redisKey)
                    || !some.get(i).limit().equals(others.get(i).limit())) {
                return false;
            }
        }
        return true;
    }

    /** Requests for the same buckets. */
    private CompletionStage<List<Decision>> ask(List<List<RedisClaim>> requests) {
        return trips == null || requests.get(0).size() > 1 ? askTogether(requests, false) : trips.ask(requests);
    }

    private CompletionStage<List<Decision>> askTogether(List<List<RedisClaim>> requests, boolean peek) {
        List<RedisClaim> buckets = requests.get(0);
        List<byte[]> arguments = new ArrayList<>(buckets.size() + requests.size());
        for (RedisClaim bucket : buckets) {
            arguments.add(bucket.numbers.text);
        }
        addRequests(arguments, requests, !peek);
        return run(together, buckets, arguments).thenApply(answer -> decisions(requests, new Answer(answer)));
    }

    private CompletionStage<List<Outcome>> askApart(List<Question> questions) {
        if (questions.size() == 1) {
            return askTogether(questions.get(0).requests, false)
                    .thenApply(decisions -> List.of(new Outcome(decisions, null)));
        }
        List<RedisClaim> buckets = new ArrayList<>(questions.size());
        Numbers counts = new Numbers(2 * questions.size());
        List<byte[]> arguments = new ArrayList<>(1 + 2 * questions.size());
        arguments.add(counts.bytes());
        for (Question question : questions) {
            RedisClaim bucket = question.requests.get(0).get(0);
            buckets.add(bucket);
            arguments.add(bucket.numbers.text);
        }
        for (Question question : questions) {
            int before = arguments.size();
            addRequests(arguments, question.requests, true);
            counts.add(arguments.size() - before).add(question.requests.size());
        }
        return run(apart, buckets, arguments).thenApply(answer -> {
            Answer read = new Answer(answer);
            List<Outcome> outcomes = new ArrayList<>(questions.size());
            for (Question question : questions) {
                outcomes.add(
                        read.isOfBucket()
                                ? new Outcome(decisions(question.requests, read), null)
                                : new Outcome(List.of(), read.failure(question.requests.size())));
            }
            return outcomes;
        });
    }

    /** Equal ones in a row, as callers of one key make them, are said once. */
    private static void addRequests(List<byte[]> arguments, List<List<RedisClaim>> requests, boolean take) {
        byte[] request = request(requests.get(0), take);
        int times = 1;
        for (int i = 1; i < requests.size(); i++) {
            byte[] next = request(requests.get(i), take);
            if (Arrays.equals(request, next)) {
                times++;
            } else {
                arguments.add(Numbers.times(request, times));
                request = next;
                times = 1;
            }
        }
        arguments.add(Numbers.times(request, times));
    }

    private static byte[] request(List<RedisClaim> claims, boolean take) {
        long wait = longestWait(claims);
        if (claims.size() == 1) {
            return claims.get(0).numbers.request(take, wait, claims.get(0).cost());
        }
        Numbers said = new Numbers(2 + 6 * claims.size()).add(take ? 1 : 0).add(wait);
        for (RedisClaim claim : claims) {
            said.add(claim.numbers);
        }
        for (RedisClaim claim : claims) {
            said.add(claim.numbers, claim.cost());
        }
        return said.bytes();
    }

    private CompletionStage<List<Long>> run(Script script, List<RedisClaim> buckets, List<byte[]> arguments) {
        String[] keys = new String[buckets.size()];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = buckets.get(i).redisKey;
        }
        return connection
                .ask(redis -> script.run(redis, keys, arguments.toArray(byte[][]::new)))
                .exceptionallyCompose(failure -> CompletableFuture.failedStage(explained(failure)));
    }

    private static Throwable explained(Throwable failure) {
        Throwable cause = RedisConnection.unwrapped(failure);
        String message = cause.getMessage();
        if (!(cause instanceof RedisCommandExecutionException) || message == null) {
            return cause;
        }
        if (message.startsWith("WRONGTYPE")) {
            return new UnusableBucketException("there is another value in its place: " + message, cause);
        }
        String inner = WHERE_IN_THE_SCRIPT.matcher(message).replaceAll("");
        return inner.equals(message) ? cause : new RedisCommandExecutionException(inner);
    }

    /** In whole microseconds, as the server tells time. */
    private static long longestWait(List<RedisClaim> claims) {
        long nanos = Long.MAX_VALUE;
        for (RedisClaim claim : claims) {
            nanos = Math.min(nanos, claim.maxWaitNanos());
        }
        return nanos / 1000;
    }

    private static List<Decision> decisions(List<List<RedisClaim>> requests, Answer read) {
        List<Decision> decisions = new ArrayList<>(requests.size());
        for (List<RedisClaim> claims : requests) {
            decisions.add(read.next(claims));
        }
        return decisions;
    }

    /** What the script has returned, read from the front. */
    private static final class Answer {

        private final List<Long> numbers;
        private final long now;
        private int next;

        Answer(List<Long> numbers) {
            this.numbers = numbers;
            this.now = number();
        }

        private long number() {
            return numbers.get(next++);
        }

        boolean isOfBucket() {
            return numbers.get(next) >= 0;
        }

        /** Skips the answers to so many requests for a bucket of which there are no decisions; why. */
        RuntimeException failure(int requests) {
            boolean foreign = number() == -1;
            Object why = ((List<?>) numbers).get(next);
            next += 5 * requests - 1;
            return foreign
                    ? new UnusableBucketException("there is another value in its place", null)
                    : new RedisCommandExecutionException(
                            why instanceof byte[] text
                                    ? new String(text, StandardCharsets.UTF_8)
                                    : String.valueOf(why));
        }

        Decision next(List<RedisClaim> claims) {
            boolean allowed = number() == 1;
            if (claims.size() == 1) {
                return part(claims.get(0), number(), allowed);
            }
            long most = longestWait(claims);
            int begin = next;
            long longest = 0;
            for (int i = 0; i < claims.size(); i++) {
                longest = Math.max(longest, numbers.get(begin + 4 * i) - now);
            }
            List<Decision> parts = new ArrayList<>(claims.size());
            for (RedisClaim claim : claims) {
                long at = number();
                long wait = at - now;
                Decision part = part(claim, at, allowed || wait == 0 || (wait <= most && wait < longest));
                parts.add(allowed ? part : part.notToBeRefunded());
            }
            return Decision.ofAll(parts);
        }

        private Decision part(RedisClaim claim, long at, boolean allowed) {
            long before = number();
            long a = number();
            long b = number();
            RedisLimit numbers = claim.numbers;
            long remaining = numbers.remaining(now, a, b);
            long reset = numbers.nanosToFull(now, a, b);
            long wait = (at - now) * 1000;
            return allowed
                    ? Decision.allowed(
                            claim.name().shown(), claim.limit(), claim.cost(), remaining, reset, wait, at, before)
                    : Decision.overLimit(claim.name().shown(), claim.limit(), claim.cost(), remaining, wait, reset);
        }
    }

    /** Never allowed, so all that the server is asked for is how things stand. */
    private CompletionStage<Decision> costAboveLimit(RedisClaim claim) {
        RedisClaim one = (RedisClaim) claim.with(claim.key(), 1, 0);
        return askTogether(List.of(List.of(one)), true)
                .thenApply(peeked -> Decision.costAboveLimit(
                        claim.name().shown(),
                        claim.limit(),
                        claim.cost(),
                        peeked.get(0).remaining(),
                        peeked.get(0).resetAfter().toNanos()));
    }

    private boolean isSpread(List<RedisClaim> claims) {
        if (claims.size() == 1 || !connection.isCluster()) {
            return false;
        }
        int slot = SlotHash.getSlot(claims.get(0).redisKey);
        return claims.stream().anyMatch(claim -> SlotHash.getSlot(claim.redisKey) != slot);
    }

    /** Node by node in the order of the request; what one denies, those before it get back. */
    private CompletionStage<Decision> acquireSpread(AcquireRequest request, List<RedisClaim> claims) {
        Map<Integer, List<Claim>> nodes = claims.stream()
                .collect(Collectors.groupingBy(
                        claim -> SlotHash.getSlot(claim.redisKey), LinkedHashMap::new, Collectors.toList()));
        List<AcquireRequest> shares = nodes.values().stream()
                .map(share -> new AcquireRequest(share.stream()
                        .map(claim -> claim.with(claim.key(), claim.cost(), longestWait(claims) * 1000))
                        .toList()))
                .toList();
        CompletionStage<List<Decision>> taken = CompletableFuture.completedFuture(List.of());
        for (AcquireRequest share : shares) {
            taken = taken.thenCompose(before -> next(shares, before, share));
        }
        return taken.thenApply(decisions -> {
            Decision last = decisions.get(decisions.size() - 1);
            if (!last.allowed()) {
                giveBack(shares, decisions.subList(0, decisions.size() - 1));
                return last;
            }
            return Decision.ofAll(inOrder(request, shares, decisions));
        });
    }

    private CompletionStage<List<Decision>> next(
            List<AcquireRequest> shares, List<Decision> before, AcquireRequest share) {
        if (!before.isEmpty() && !before.get(before.size() - 1).allowed()) {
            return CompletableFuture.completedFuture(before);
        }
        return acquireAsync(share).handle((decision, failure) -> {
            if (failure != null) {
                giveBack(shares, before);
                throw new CompletionException(RedisConnection.unwrapped(failure));
            }
            List<Decision> more = new ArrayList<>(before);
            more.add(decision);
            return more;
        });
    }

    /** The last first: of turns only the last can go. */
    private void giveBack(List<AcquireRequest> requests, List<Decision> decisions) {
        for (int i = decisions.size(); i > 0; i--) {
            if (decisions.get(i - 1).allowed()) {
                refund(requests.get(i - 1), decisions.get(i - 1));
            }
        }
    }

    private static List<Decision> inOrder(
            AcquireRequest request, List<AcquireRequest> shares, List<Decision> decisions) {
        Map<Claim, Decision> parts = new LinkedHashMap<>();
        IntStream.range(0, shares.size()).forEach(share -> {
            List<Claim> claims = shares.get(share).claims();
            for (int i = 0; i < claims.size(); i++) {
                parts.put(claims.get(i), decisions.get(share).parts().get(i));
            }
        });
        return request.claims().stream().map(parts::get).toList();
    }

    @Override
    public void refund(AcquireRequest request, Decision decision) {
        if (!decision.takeRefund()) {
            return;
        }
        List<RedisClaim> claims = claims(request);
        Map<Integer, List<Integer>> nodes = IntStream.range(0, claims.size())
                .boxed()
                .filter(i ->
                        decision.parts().get(i).limit().equals(claims.get(i).limit()))
                .collect(Collectors.groupingBy(
                        i -> connection.isCluster() ? SlotHash.getSlot(claims.get(i).redisKey) : 0));
        nodes.values().forEach(indexes -> {
            List<RedisClaim> buckets = indexes.stream().map(claims::get).toList();
            List<byte[]> arguments = new ArrayList<>(2 * buckets.size());
            for (RedisClaim bucket : buckets) {
                arguments.add(bucket.numbers.text);
            }
            for (int i : indexes) {
                Decision taken = decision.parts().get(i);
                RedisLimit numbers = claims.get(i).numbers;
                arguments.add(new Numbers(10)
                        .add(numbers)
                        .add(numbers, taken.cost())
                        .add(taken.grantedAt() - taken.waitNanos() / 1000)
                        .add(taken.grantedAt())
                        .addBefore(numbers, taken.cost(), taken.grantedAt(), taken.before())
                        .bytes());
            }
            run(refund, buckets, arguments);
        });
    }

    @Override
    public Decision peek(Claim claim) {
        return await(peekAsync(claim));
    }

    @Override
    public CompletionStage<Decision> peekAsync(Claim claim) {
        RedisClaim known = known(claim);
        return known.aboveLimit()
                ? costAboveLimit(known)
                : askTogether(List.of(List.of(known)), true)
                        .thenApply(decisions -> decisions.get(0).notToBeRefunded());
    }

    @Override
    public void giveBack(Claim claim) {
        RedisClaim known = known(claim);
        RedisLimit numbers = known.numbers;
        byte[] said = new Numbers(6)
                .add(numbers)
                .add(numbers, Math.min(claim.cost(), claim.limit().burst()))
                .bytes();
        await(run(giveBack, List.of(known), List.of(numbers.text, said)));
    }

    @Override
    public void reset(LimitName name, @Nullable String key) {
        await(connection.ask(redis -> redis.unlink(RedisClaim.redisKey(prefix, name, key))));
    }

    private static <T> T await(CompletionStage<T> answer) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return answer.toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException failure) {
            Throwable cause = RedisConnection.unwrapped(failure);
            if (cause instanceof UnusableBucketException unusable) {
                throw unusable;
            }
            throw cause instanceof StoreUnavailableException unavailable
                    ? unavailable
                    : new StoreUnavailableException("Redis has refused: " + cause.getMessage(), cause);
        } catch (TimeoutException silent) {
            throw new StoreUnavailableException("Redis has not answered for " + PATIENCE_SECONDS + " s", silent);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
