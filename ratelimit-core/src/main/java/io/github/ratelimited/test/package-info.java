/** What tests of applications need: a clock that stands still until it is told to move. */
@NullMarked
package io.github.ratelimited.test;

import org.jspecify.annotations.NullMarked;
