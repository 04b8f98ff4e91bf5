package io.github.ratelimited.autoconfigure;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Tells of a property under {@code ratelimit} that does not exist which ones do. */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class UnknownPropertyFailureAnalyzer extends AbstractFailureAnalyzer<UnboundConfigurationPropertiesException> {

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable rootFailure, UnboundConfigurationPropertiesException cause) {
        List<ConfigurationProperty> unknown = cause.getUnboundProperties().stream()
                .filter(property -> property.getName().toString().startsWith("ratelimit."))
                .toList();
        if (unknown.isEmpty()) {
            return null;
        }
        String described = unknown.stream()
                .map(property -> "    " + property.getName() // not what it says, which may be a secret
                        + (property.getOrigin() == null ? "" : " (" + property.getOrigin() + ")"))
                .collect(Collectors.joining(System.lineSeparator()));
        String known = unknown.stream()
                .map(property -> PropertyLevel.of(property.getName()).toString())
                .distinct()
                .collect(Collectors.joining(" "));
        return new FailureAnalysis(
                "There is no such property:" + System.lineSeparator() + System.lineSeparator() + described,
                "Correct its name. " + known,
                cause);
    }
}
