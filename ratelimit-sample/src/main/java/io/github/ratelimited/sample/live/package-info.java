/** The page at {@code /}: traffic under limits that are changed while it runs, and what became of each call. */
@NullMarked
package io.github.ratelimited.sample.live;

import org.jspecify.annotations.NullMarked;
