/** Rate limits where calls come from the web. */
@NullMarked
package io.github.ratelimited.autoconfigure.web;

import org.jspecify.annotations.NullMarked;
