/** Limits of HTTP clients: outbound requests stay under what the servers that they go to allow. */
@NullMarked
package io.github.ratelimited.autoconfigure.client;

import org.jspecify.annotations.NullMarked;
