/** What the tests of applications need: time that is moved by hand, and full limits for each test. */
@NullMarked
package io.github.ratelimited.autoconfigure.test;

import org.jspecify.annotations.NullMarked;
