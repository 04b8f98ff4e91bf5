/**
 * What a decision costs, beside floors (the least that any limiter must do) and other libraries, always measured in the
 * same run: {@link io.github.ratelimited.benchmark.Table} prints all of it.
 */
package io.github.ratelimited.benchmark;
