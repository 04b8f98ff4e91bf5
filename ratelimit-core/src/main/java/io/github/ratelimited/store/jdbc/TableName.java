package io.github.ratelimited.store.jdbc;

import io.github.ratelimited.InvalidRateLimitException;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What the table is called: {@code rate_limit}, or {@code schema.rate_limit}. */
public final class TableName {

    private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,54}");

    private final String name;

    private TableName(String name) {
        this.name = name;
    }

    /**
     * That name.
     *
     * @throws InvalidRateLimitException if it is no identifier, nor two of them with a dot between
     */
    public static TableName of(String name) {
        String[] parts = name.split("\\.", -1);
        if (parts.length > 2
                || !Arrays.stream(parts)
                        .allMatch(part -> IDENTIFIER.matcher(part).matches())) {
            throw new InvalidRateLimitException(
                    "ratelimit.jdbc",
                    "table = '" + name + "' is no name of a table",
                    "write letters, digits and underscores, at most 55, and a schema before a dot if need be:"
                            + " for example rate_limit or limits.rate_limit");
        }
        return new TableName(name);
    }

    String quoted(Dialect dialect) {
        return Arrays.stream(name.split("\\.")).map(dialect::quoted).collect(Collectors.joining("."));
    }

    /** Of the index of its expiry, in the same schema. */
    String quotedIndex(Dialect dialect) {
        return dialect.quoted(name.substring(name.indexOf('.') + 1) + "_expires");
    }

    @Override
    public String toString() {
        return name;
    }
}
