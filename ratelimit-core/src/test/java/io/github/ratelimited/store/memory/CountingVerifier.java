package io.github.ratelimited.store.memory;

import java.util.concurrent.atomic.AtomicLong;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionResult;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.verifier.LinearizabilityVerifier;
import org.jetbrains.lincheck.datastructures.verifier.Verifier;

/** Asks for an order of the operations that gives the same results, and counts how often. */
public final class CountingVerifier implements Verifier {

    static final AtomicLong RUNS = new AtomicLong();

    private final Verifier linearizability;

    /** By Lincheck, for a class whose operations run one after another are right by definition. */
    public CountingVerifier(Class<?> specification) {
        this.linearizability = new LinearizabilityVerifier(specification);
    }

    @Override
    public boolean verifyResults(ExecutionScenario scenario, ExecutionResult results) {
        RUNS.incrementAndGet();
        return linearizability.verifyResults(scenario, results);
    }
}
