/** Several nodes of the sample: {@code --nodes=2} starts them, and the page of the first shows them all. */
@NullMarked
package io.github.ratelimited.sample.nodes;

import org.jspecify.annotations.NullMarked;
