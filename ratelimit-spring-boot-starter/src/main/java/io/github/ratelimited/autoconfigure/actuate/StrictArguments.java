package io.github.ratelimited.autoconfigure.actuate;

import java.math.BigDecimal;
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
 * more than was meant, and round 99.9 down. Takes {@code max-wait} for {@code maxWait}, as it stands in application.yml.
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
        Set<String> wholeNumbers = parameters.stream()
                .filter(parameter -> parameter.getType() == Long.class)
                .map(OperationParameter::getName)
                .collect(Collectors.toSet());
        return context -> invoke(invoker, context, known, wholeNumbers);
    }

    private static @Nullable Object invoke(
            OperationInvoker invoker, InvocationContext context, Set<String> known, Set<String> wholeNumbers) {
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
        for (String name : wholeNumbers) {
            Object value = arguments.get(name);
            if (value instanceof Double || value instanceof Float || value instanceof BigDecimal) {
                return noWholeNumber(name, value);
            }
        }
        SecurityContext caller = context.resolveArgument(SecurityContext.class);
        try {
            return invoker.invoke(new InvocationContext(
                    caller == null ? SecurityContext.NONE : caller, arguments, new OperationArgumentResolver[0]));
        } catch (ParameterMappingException invalid) {
            String name = invalid.getParameter().getName();
            return wholeNumbers.contains(name)
                    ? noWholeNumber(name, invalid.getValue())
                    : RateLimitsWebExtension.failure(
                            WebEndpointResponse.STATUS_BAD_REQUEST,
                            name + " = \"" + invalid.getValue() + "\" is no text");
        } catch (InvalidEndpointRequestException invalid) {
            return RateLimitsWebExtension.failure(WebEndpointResponse.STATUS_BAD_REQUEST, invalid.getReason());
        }
    }

    private static Object noWholeNumber(String name, @Nullable Object value) {
        return RateLimitsWebExtension.failure(
                WebEndpointResponse.STATUS_BAD_REQUEST, name + " = \"" + value + "\" is no whole number");
    }
}
