package io.github.ratelimited.autoconfigure.actuate;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.InvocationContext;
import org.springframework.boot.actuate.endpoint.OperationArgumentResolver;
import org.springframework.boot.actuate.endpoint.OperationType;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.invoke.OperationInvoker;
import org.springframework.boot.actuate.endpoint.invoke.OperationInvokerAdvisor;
import org.springframework.boot.actuate.endpoint.invoke.OperationParameter;
import org.springframework.boot.actuate.endpoint.invoke.OperationParameters;
import org.springframework.boot.actuate.endpoint.invoke.ParameterMappingException;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;

/**
 * Refuses what {@link RateLimitsWebExtension} does not know, where Spring Boot would ignore it: {@code ?kye=} would reset
 * more than was meant. Takes {@code max-wait} for {@code maxWait}, as it stands in application.yml.
 */
final class StrictArguments implements OperationInvokerAdvisor {

    private static final EndpointId ENDPOINT = EndpointId.of("ratelimits");

    @Override
    public OperationInvoker apply(
            EndpointId endpoint, OperationType type, OperationParameters parameters, OperationInvoker invoker) {
        boolean isOfWeb = parameters.stream().anyMatch(parameter -> parameter.getType() == SecurityContext.class);
        if (!endpoint.equals(ENDPOINT) || !isOfWeb) {
            return invoker;
        }
        Set<String> known = parameters.stream()
                .filter(parameter -> parameter.getType() != SecurityContext.class)
                .map(OperationParameter::getName)
                .collect(Collectors.toCollection(TreeSet::new));
        return context -> invoke(invoker, context, known);
    }

    private static @Nullable Object invoke(OperationInvoker invoker, InvocationContext context, Set<String> known) {
        Map<String, Object> arguments = new LinkedHashMap<>();
        Set<String> unknown = new TreeSet<>();
        Set<String> unclear = new TreeSet<>();
        context.getArguments().forEach((name, value) -> {
            String canonical = name.equals("max-wait") ? "maxWait" : name;
            boolean twice = arguments.put(canonical, value) != null || value instanceof Collection;
            if (!known.contains(canonical)) {
                unknown.add(name);
            } else if (twice) {
                unclear.add(name);
            }
        });
        if (!unclear.isEmpty()) {
            return RateLimitsWebExtension.failure(
                    WebEndpointResponse.STATUS_BAD_REQUEST, "more than one value: " + unclear);
        }
        if (!unknown.isEmpty()) {
            return RateLimitsWebExtension.failure(
                    WebEndpointResponse.STATUS_BAD_REQUEST, "unknown: " + unknown + "; known are " + known);
        }
        SecurityContext caller = context.resolveArgument(SecurityContext.class);
        try {
            return invoker.invoke(new InvocationContext(
                    caller == null ? SecurityContext.NONE : caller, arguments, new OperationArgumentResolver[0]));
        } catch (ParameterMappingException invalid) {
            return RateLimitsWebExtension.failure(
                    WebEndpointResponse.STATUS_BAD_REQUEST,
                    invalid.getParameter().getName() + " = \"" + invalid.getValue() + "\" is no "
                            + (invalid.getParameter().getType() == Long.class ? "whole number" : "text"));
        } catch (InvalidEndpointRequestException invalid) {
            return RateLimitsWebExtension.failure(WebEndpointResponse.STATUS_BAD_REQUEST, invalid.getReason());
        }
    }
}
