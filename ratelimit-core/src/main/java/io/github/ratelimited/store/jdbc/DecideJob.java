package io.github.ratelimited.store.jdbc;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.Bucket;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Requests for the same buckets, to be decided one after the other. If they are for one bucket that drains and of one
 * cost, a statement tells how many can be granted at once; if some of the others would wait, a transaction decides on
 * them after that.
 */
final class DecideJob extends Job<List<Decision>> {

    private final List<List<JdbcClaim>> requests;
    private final List<Decision> granted = new ArrayList<>();

    DecideJob(List<List<JdbcClaim>> requests, long since) {
        super(requests.get(0).stream().map(claim -> claim.id).toList(), since, ask(requests));
        this.requests = requests;
    }

    private static @Nullable Ask ask(List<List<JdbcClaim>> requests) {
        JdbcClaim first = requests.get(0).get(0);
        boolean equal = requests.stream()
                .allMatch(claims -> claims.size() == 1 && claims.get(0).cost() == first.cost());
        return equal && first.limit().algorithm() != Algorithm.SLIDING_WINDOW
                ? new Ask(first.id, first.numbers, first.cost(), requests.size())
                : null;
    }

    /** What the first requests were granted by the statement, whatever becomes of the others. */
    List<Decision> granted() {
        return granted;
    }

    /** What the database has granted, seen request by request. */
    @Override
    @Nullable
    List<Decision> answered(Ask ask, Answer answer) {
        long before = answer.level() - answer.granted() * ask.filled();
        Limit limit = ask.numbers().limit();
        Bucket bucket = Bucket.of(
                new Bucket.State(limit, answer.moment(), answer.moment(), before, null), limit, answer.moment());
        granted.addAll(decided(requests.subList(0, answer.granted()), List.of(bucket)));
        if (!granted.stream().allMatch(Decision::allowed)) {
            throw new IllegalStateException("the database has granted what is not there");
        }
        List<List<JdbcClaim>> others = requests.subList(answer.granted(), requests.size());
        if (others.stream().anyMatch(claims -> claims.get(0).maxWaitNanos() > 0)) {
            return null;
        }
        List<Decision> all = new ArrayList<>(granted);
        all.addAll(decided(others, List.of(bucket)));
        return all;
    }

    @Override
    List<Decision> by(Connection connection, Table table) throws SQLException {
        List<List<JdbcClaim>> others = requests.subList(granted.size(), requests.size());
        List<Decision> decisions =
                new Transaction(connection, table).onAll(others.get(0), buckets -> decided(others, buckets));
        List<Decision> all = new ArrayList<>(granted);
        all.addAll(decisions);
        return all;
    }

    private static List<Decision> decided(List<List<JdbcClaim>> requests, List<Bucket> buckets) {
        List<Decision> decisions = new ArrayList<>(requests.size());
        for (List<JdbcClaim> claims : requests) {
            decisions.add(Bucket.acquire(claims, buckets));
        }
        return decisions;
    }
}
