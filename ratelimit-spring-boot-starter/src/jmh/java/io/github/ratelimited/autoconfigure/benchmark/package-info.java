/** What limits cost where they are used; see {@code docs/performance.md}. */
@NullMarked
package io.github.ratelimited.autoconfigure.benchmark;

import org.jspecify.annotations.NullMarked;
