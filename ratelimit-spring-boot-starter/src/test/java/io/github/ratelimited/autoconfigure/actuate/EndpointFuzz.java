package io.github.ratelimited.autoconfigure.actuate;

import static io.github.ratelimited.fuzz.Inputs.check;
import static io.github.ratelimited.fuzz.Inputs.text;

import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.autoconfigure.actuate.LimitOperations.Wish;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.lang.annotation.Annotation;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.InvocationContext;
import org.springframework.boot.actuate.endpoint.OperationType;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.invoke.OperationInvoker;
import org.springframework.boot.actuate.endpoint.invoke.OperationParameter;
import org.springframework.boot.actuate.endpoint.invoke.OperationParameters;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;

/** What an operator sends is done as it was said, all of it, or nothing is and the answer tells why. */
public final class EndpointFuzz {

    private static final List<Parameter> PARAMETERS = List.of(
            new Parameter("securityContext", SecurityContext.class),
            new Parameter("name", String.class),
            new Parameter("permits", Long.class),
            new Parameter("per", String.class),
            new Parameter("burst", Long.class),
            new Parameter("mode", String.class),
            new Parameter("maxWait", String.class),
            new Parameter("key", String.class),
            new Parameter("refund", Long.class));

    private EndpointFuzz() {}

    /** A line is {@code permits=10} and the like. */
    public static void fuzzerTestOneInput(byte[] input) {
        Map<String, Object> sent = new LinkedHashMap<>();
        for (String line : text(input).split("\n", 12)) {
            int equals = line.indexOf('=');
            String name = equals < 0 ? line : line.substring(0, equals);
            String value = equals < 0 ? "" : line.substring(equals + 1);
            sent.merge(name, value, (one, other) -> List.of(one, other));
        }
        Map<String, Object> taken = new LinkedHashMap<>();
        OperationInvoker strict = new StrictArguments()
                .apply(EndpointId.of("ratelimits"), OperationType.WRITE, new Parameters(), context -> {
                    taken.putAll(context.getArguments());
                    return "taken";
                });
        Object answer = strict.invoke(new InvocationContext(SecurityContext.NONE, sent));
        Set<String> known =
                new TreeSet<>(PARAMETERS.stream().map(Parameter::getName).toList());
        known.remove("securityContext");
        boolean clear = sent.values().stream().allMatch(String.class::isInstance)
                && !(sent.containsKey("max-wait") && sent.containsKey("maxWait"));
        Map<String, Object> meant = new LinkedHashMap<>();
        sent.forEach((name, value) -> meant.put(name.equals("max-wait") ? "maxWait" : name, value));
        boolean possible = clear && known.containsAll(meant.keySet());
        check(possible == answer.equals("taken"), sent + " is answered by", answer);
        if (possible) {
            check(taken.equals(meant), sent + " is taken as", taken);
            checkWish(taken);
        } else {
            check(((WebEndpointResponse<?>) answer).getStatus() == 400, sent + " is answered by", answer);
        }
    }

    private static void checkWish(Map<String, Object> taken) {
        Wish wish;
        try {
            wish = new Wish(
                    number(taken, "permits"),
                    (String) taken.get("per"),
                    number(taken, "burst"),
                    (String) taken.get("mode"),
                    (String) taken.get("maxWait"),
                    (String) taken.get("key"),
                    number(taken, "refund"));
        } catch (NumberFormatException none) {
            return; // Spring Boot answers it
        }
        TimeSource time = new MutableTimeSource();
        StoreRateLimiterRegistry registry =
                new StoreRateLimiterRegistry(new Admission(new MemoryLimiterStore(time, 100), time));
        Limit before = Limit.of(10, Duration.ofSeconds(1));
        registry.declare(LimitName.of("login"), before, 0, "ratelimit.limits.login");
        registry.get("login").tryAcquire(4);
        try {
            new LimitOperations(registry).apply("login", wish, "ann");
            Limit after = registry.get("login").limit();
            check(wish.permits() == null || wish.permits() == after.permits(), wish + " has led to", after);
            check(wish.burst() == null || wish.burst() == after.burst(), wish + " has led to", after);
            check(wish.per() != null || after.period().equals(before.period()), wish + " has led to", after);
            long remaining = registry.get("login").peek().remaining();
            check(remaining >= 0 && remaining <= after.burst(), wish + " leaves", remaining);
        } catch (IllegalArgumentException refused) {
            check(registry.get("login").limit().equals(before), "what was refused was done", wish);
            check(registry.get("login").peek().remaining() == 6, "what was refused was done", wish);
            check(refused.getMessage() != null && !refused.getMessage().isBlank(), "nobody knows why", refused);
        }
    }

    private static @Nullable Long number(Map<String, Object> taken, String name) {
        String text = (String) taken.get(name);
        return text == null || text.isEmpty() ? null : Long.valueOf(text);
    }

    private record Parameter(String name, Class<?> type) implements OperationParameter {
        @Override
        public String getName() {
            return name;
        }

        @Override
        public Class<?> getType() {
            return type;
        }

        @Override
        public boolean isMandatory() {
            return false;
        }

        @Override
        public <T extends Annotation> @Nullable T getAnnotation(Class<T> annotation) {
            return null;
        }
    }

    private record Parameters() implements OperationParameters {
        @Override
        public int getParameterCount() {
            return PARAMETERS.size();
        }

        @Override
        public OperationParameter get(int index) {
            return PARAMETERS.get(index);
        }

        @Override
        public Stream<OperationParameter> stream() {
            return PARAMETERS.stream().map(parameter -> parameter);
        }

        @Override
        public Iterator<OperationParameter> iterator() {
            return stream().iterator();
        }
    }
}
