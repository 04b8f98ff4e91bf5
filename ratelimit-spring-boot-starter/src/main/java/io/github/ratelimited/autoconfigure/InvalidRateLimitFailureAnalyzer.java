package io.github.ratelimited.autoconfigure;

import io.github.ratelimited.InvalidRateLimitException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Turns a wrong limit into a description and an action, without a stack trace. */
final class InvalidRateLimitFailureAnalyzer extends AbstractFailureAnalyzer<InvalidRateLimitException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, InvalidRateLimitException cause) {
        String fix = cause.getFix();
        return new FailureAnalysis(
                "A rate limit is declared in a way that cannot work." + System.lineSeparator() + System.lineSeparator()
                        + "    " + cause.getPlace() + ": " + cause.getProblem(),
                Character.toUpperCase(fix.charAt(0)) + fix.substring(1) + ".",
                cause);
    }
}
