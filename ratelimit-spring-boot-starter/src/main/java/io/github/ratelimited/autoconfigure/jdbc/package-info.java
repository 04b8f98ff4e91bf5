/** The store in the database that the application has configured. */
@NullMarked
package io.github.ratelimited.autoconfigure.jdbc;

import org.jspecify.annotations.NullMarked;
