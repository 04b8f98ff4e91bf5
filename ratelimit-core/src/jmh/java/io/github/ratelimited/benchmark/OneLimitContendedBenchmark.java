package io.github.ratelimited.benchmark;

import org.openjdk.jmh.annotations.Threads;

/** One permit of one limit, by two threads at once: what each of them waits for it. */
@Threads(2)
public class OneLimitContendedBenchmark extends OneLimitBenchmark {}
