/** A small application that shows the library at work: a web server, or with {@code --fetch} a command. */
@NullMarked
package io.github.ratelimited.sample;

import org.jspecify.annotations.NullMarked;
