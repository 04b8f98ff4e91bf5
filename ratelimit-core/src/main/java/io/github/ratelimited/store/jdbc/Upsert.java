package io.github.ratelimited.store.jdbc;

import io.github.ratelimited.store.Drain;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The statement that decides: it inserts the row of an unused bucket that has granted what it can, or updates the one that
 * is there, by the formula of {@link Drain}, with the inserted row in place of those who ask.
 */
final class Upsert {

    private static final String ROW = "(?, ?, ?, ?, ?, {clock}, {clock}, ?, ?, ({clock} + ?) {/} 60000000000 + 2)";

    private Upsert() {}

    /**
     * Asks.
     *
     * @param update what is to be done with a row that is there
     * @param division the sign for that of whole numbers
     */
    static Map<String, Answer> decide(
            Connection connection,
            String table,
            String clock,
            List<Ask> asks,
            int queryTimeout,
            String update,
            String division)
            throws SQLException {
        String row = ROW.replace("{clock}", clock).replace("{/}", division);
        String sql = "INSERT INTO " + table
                + " (id, numbers, step, drain, capacity, birth, moment, state, granted, expires) VALUES "
                + String.join(", ", Collections.nCopies(asks.size(), row)) + update;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setQueryTimeout(queryTimeout);
            int index = 0;
            for (Ask ask : asks) {
                Drain drain = ask.numbers().drain();
                long granted = Math.min(ask.requests(), drain.capacity() / ask.filled());
                long level = granted * ask.filled();
                statement.setString(++index, ask.id());
                statement.setString(++index, ask.numbers().numbers());
                statement.setLong(++index, drain.step());
                statement.setLong(++index, drain.perStep());
                statement.setLong(++index, drain.capacity());
                statement.setLong(++index, level);
                statement.setLong(++index, granted);
                statement.setLong(++index, (level / drain.perStep() + 1) * drain.step());
            }
            statement.execute(); // Connector/J takes no INSERT for a query, even if it asks a MariaDB
            try (ResultSet rows = statement.getResultSet()) {
                return answers(rows);
            }
        }
    }

    private static Map<String, Answer> answers(ResultSet rows) throws SQLException {
        Map<String, Answer> answers = new HashMap<>();
        while (rows.next()) {
            answers.put(rows.getString(1), new Answer(rows.getInt(2), rows.getLong(3), rows.getLong(4)));
        }
        return answers;
    }
}
