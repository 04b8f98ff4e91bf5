/** The store in the database that the application has, by plain JDBC. */
@NullMarked
package io.github.ratelimited.store.jdbc;

import org.jspecify.annotations.NullMarked;
