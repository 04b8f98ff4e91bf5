package io.github.ratelimited.aop;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.NamedLimit;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.core.MethodClassKey;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;
import org.springframework.util.StringValueResolver;

/**
 * Works out the plan of each limited method, once: the annotations that hold for it, what the configuration says of
 * their names, and the limits of the registry that come of it.
 */
public class MethodPlans {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9.-]+");
    private static final int RECENT = 256;

    private final StoreRateLimiterRegistry registry;
    private volatile LimitConfiguration configuration;
    private final StringValueResolver placeholders;
    private final PointcutLimits pointcuts;
    private final CallScope scope;
    private final ConcurrentHashMap<MethodClassKey, Optional<MethodPlan>> plans = new ConcurrentHashMap<>();

    /** Found without making and comparing keys; written without a lock, since whoever misses one asks the map. */
    private final @Nullable Planned[] recent = new Planned[RECENT];

    /** What the first annotation of each given name says. */
    private final ConcurrentHashMap<String, LimitSettings> annotated = new ConcurrentHashMap<>();

    /** Plans whose expressions know the call and nothing else. */
    public MethodPlans(
            StoreRateLimiterRegistry registry, LimitConfiguration configuration, StringValueResolver placeholders) {
        this(registry, configuration, placeholders, PointcutLimits.NONE, null, List.of());
    }

    /**
     * Plans for one application.
     *
     * @param placeholders resolves {@code ${...}} in the annotation's texts
     * @param pointcuts limits for methods without annotations
     * @param beans what expressions can refer to by {@code @name}
     * @param variables what expressions can refer to by {@code #name}, besides the call
     */
    public MethodPlans(
            StoreRateLimiterRegistry registry,
            LimitConfiguration configuration,
            StringValueResolver placeholders,
            PointcutLimits pointcuts,
            @Nullable BeanFactory beans,
            Iterable<CallVariables> variables) {
        this.registry = registry;
        this.configuration = configuration;
        this.placeholders = placeholders;
        this.pointcuts = pointcuts;
        this.scope = new CallScope(beans, variables);
    }

    /** Plans for an application that has switched limits off: no method is limited. */
    public static MethodPlans none() {
        return new MethodPlans(new StoreRateLimiterRegistry(admission(1)), LimitConfiguration.NONE, text -> text) {
            @Override
            @Nullable
            MethodPlan of(Method method, Class<?> type) {
                return null;
            }
        };
    }

    private static Admission admission(long maxKeys) {
        return new Admission(new MemoryLimiterStore(TimeSource.system(), maxKeys), TimeSource.system());
    }

    /** Plans by annotations alone, in memory, for code that no application configures. */
    static MethodPlans standalone() {
        StoreRateLimiterRegistry registry =
                new StoreRateLimiterRegistry(admission(MemoryLimiterStore.DEFAULT_MAX_KEYS));
        return new MethodPlans(registry, LimitConfiguration.NONE, text -> {
            throw new IllegalArgumentException("no application is there to resolve it");
        });
    }

    /** What the configuration says now. */
    public LimitConfiguration configuration() {
        return configuration;
    }

    /** Puts another configuration in the place of that of the start, for methods that are not planned yet. */
    public void configure(LimitConfiguration configuration) {
        this.configuration = configuration;
    }

    /** What the annotations of that name say by themselves; {@code null} if there is none so far. */
    public @Nullable LimitSettings annotated(String name) {
        return annotated.get(name);
    }

    /**
     * The plan of a method of a type; {@code null} if it is not limited.
     *
     * @throws InvalidRateLimitException if its annotations cannot work
     */
    @Nullable
    @SuppressWarnings("ReferenceEquality") // a proxy hands out the same Method each time; any other is looked up
    MethodPlan of(Method method, Class<?> type) {
        int slot = (System.identityHashCode(method) ^ System.identityHashCode(type)) & (RECENT - 1);
        Planned planned = recent[slot];
        if (planned == null || planned.method != method || planned.type != type) {
            planned = new Planned(method, type, known(method, type));
            recent[slot] = planned;
        }
        return planned.plan;
    }

    private record Planned(
            Method method, Class<?> type, @Nullable MethodPlan plan) {}

    private @Nullable MethodPlan known(Method method, Class<?> type) {
        MethodClassKey key = new MethodClassKey(method, type);
        Optional<MethodPlan> known = plans.get(key);
        if (known == null) {
            known = Optional.ofNullable(resolve(method, type));
            plans.put(key, known);
        }
        return known.orElse(null);
    }

    private @Nullable MethodPlan resolve(Method method, Class<?> type) {
        List<RateLimited> annotations = AnnotatedMethods.annotations(method, type);
        List<String> names = pointcuts.names(method, type);
        if (annotations.isEmpty() && names.isEmpty()) {
            return null;
        }
        Method specific = AnnotatedMethods.specific(method, type);
        Class<?> userType = ClassUtils.getUserClass(type);
        String place = AnnotatedMethods.place(specific, userType);
        List<PlannedLimit> limits = new ArrayList<>();
        Set<Admission> stores = new HashSet<>();
        for (int i = 0; i < annotations.size(); i++) {
            RateLimited annotation = annotations.get(i);
            Admission store = registry.admission(resolved(place, "store", annotation.store()), place);
            stores.add(store);
            limits.add(planned(annotation, i, specific, userType, store));
        }
        for (String name : names) {
            Admission store = registry.admission("", place);
            stores.add(store);
            limits.add(planned(name, specific, userType, store));
        }
        if (stores.size() > 1) {
            throw new InvalidRateLimitException(
                    place,
                    "its limits are counted in different stores, which cannot decide together",
                    "give them the same store");
        }
        checkOnce(place, limits);
        checkFallbacks(place, limits);
        return new MethodPlan(specific, userType, stores.iterator().next(), limits);
    }

    private static void checkOnce(String place, List<PlannedLimit> limits) {
        Set<List<@Nullable Object>> seen = new HashSet<>();
        for (PlannedLimit limit : limits) {
            CallExpression key = limit.key();
            if (!seen.add(Arrays.asList(limit.limit().name(), key == null ? null : key.where()))) {
                throw new InvalidRateLimitException(
                        place,
                        "'" + limit.limit().name().shown() + "' stands there twice with the same key",
                        "leave one of them; if a call is to take more, say so by cost");
            }
        }
    }

    /** By the names that are shown, since that is what a denial tells. */
    private static void checkFallbacks(String place, List<PlannedLimit> limits) {
        Map<String, String> seen = new HashMap<>();
        for (PlannedLimit limit : limits) {
            String name = limit.limit().name().shown();
            String fallback = limit.fallback() == null
                    ? "no fallback"
                    : "fallback = \"" + limit.fallback().name() + "\"";
            String other = seen.putIfAbsent(name, fallback);
            if (other != null && !other.equals(fallback)) {
                throw new InvalidRateLimitException(
                        place,
                        "'" + name + "' stands there with " + other + " and with " + fallback
                                + ", and a denial does not tell them apart",
                        "give both the same fallback or different names");
            }
        }
    }

    /** A limit that stands in the configuration alone. */
    private PlannedLimit planned(String name, Method method, Class<?> type, Admission store) {
        LimitSettings settings = configuration.of(name);
        if (settings == null || settings.permits() == 0) {
            throw new InvalidRateLimitException(
                    LimitName.property(name),
                    "it has a pointcut, but no permits",
                    "set " + LimitName.property(name) + ".permits");
        }
        long maxWaitNanos = settings.maxWaitNanos(configuration.maxWaitNanos());
        return new PlannedLimit(
                registry.use(LimitName.of(name), settings.toLimit(), maxWaitNanos, settings.place(), store),
                Map.of(),
                expression(settings.place(), "key", settings.key(), method, type),
                CallCost.ONE,
                null,
                null,
                maxWaitNanos,
                null);
    }

    private PlannedLimit planned(RateLimited annotation, int index, Method method, Class<?> type, Admission store) {
        String place = AnnotatedMethods.place(method, type);
        String given = resolved(place, "name", annotation.name());
        LimitName name = given.isEmpty() ? unnamed(method, type, index) : named(given, place);
        if (given.isEmpty() && configuration.of(name.id()) != null) {
            throw new InvalidRateLimitException(
                    LimitName.property(name.id()),
                    "that limit has no name, and only a limit with a name can be configured",
                    "write @RateLimited(name = \"...\") there, and configure that name");
        }
        LimitSettings settings = new LimitSettings(
                place,
                annotation.permits(),
                resolved(place, "per", annotation.per()),
                annotation.burst(),
                annotation.algorithm(),
                resolved(place, "key", annotation.key()),
                resolved(place, "maxWait", annotation.maxWait()));
        settings.checkTexts();
        LimitSettings configured = given.isEmpty() ? null : configuration.of(given);
        if (!given.isEmpty()) {
            annotated.putIfAbsent(given, settings);
        }
        LimitSettings merged = configured == null ? settings : configured.over(settings);
        if (merged.permits() == 0) {
            throw withoutPermits(place, given, configured != null);
        }
        String plan = resolved(place, "plan", annotation.plan());
        if (!plan.isEmpty() && merged.plans().isEmpty() && !registry.isResolved()) {
            throw new InvalidRateLimitException(
                    place,
                    "plan = \"" + plan + "\", but there are no plans",
                    given.isEmpty()
                            ? "give the limit a name, and the plans under ratelimit.limits.<name>.plans"
                            : "declare them under " + LimitName.property(given)
                                    + ".plans, or add a LimitResolver bean");
        }
        String fallback = resolved(place, "fallback", annotation.fallback());
        Limit limit = merged.toLimit();
        long maxWaitNanos = merged.maxWaitNanos(configuration.maxWaitNanos());
        Map<String, NamedLimit> plans = plan.isEmpty() ? Map.of() : plans(name, merged, maxWaitNanos, store);
        return new PlannedLimit(
                registry.use(name, limit, maxWaitNanos, merged.place(), store),
                plans,
                expression(
                        configured != null && configured.key() != null ? configured.place() : place,
                        "key",
                        merged.key(),
                        method,
                        type),
                cost(place, resolved(place, "cost", annotation.cost()), method, type, limit, plans),
                expression(place, "condition", resolved(place, "condition", annotation.condition()), method, type),
                expression(place, "plan", plan, method, type),
                maxWaitNanos,
                fallback.isEmpty() ? null : Fallback.find(place, fallback, method, type));
    }

    private CallCost cost(
            String place, String text, Method method, Class<?> type, Limit limit, Map<String, NamedLimit> plans) {
        CallCost cost = CallCost.parse(place, text, method, type, scope);
        if (cost.isAlwaysAbove(limit) && plans.values().stream().allMatch(plan -> cost.isAlwaysAbove(plan.limit()))) {
            throw new InvalidRateLimitException(
                    place,
                    "cost = \"" + text + "\" is more than the limit ever holds: " + limit,
                    "lower the cost, or raise permits or burst");
        }
        return cost;
    }

    private @Nullable CallExpression expression(
            String place, String attribute, @Nullable String text, Method method, Class<?> type) {
        return StringUtils.hasText(text) ? CallExpression.parse(place, attribute, text, method, type, scope) : null;
    }

    /** Each plan has permits of its own, and is shown under the limit's name. */
    private Map<String, NamedLimit> plans(LimitName name, LimitSettings settings, long maxWaitNanos, Admission store) {
        Map<String, NamedLimit> plans = new HashMap<>();
        settings.mergedPlans()
                .forEach((plan, merged) -> plans.put(
                        plan, registry.use(name.ofPlan(plan), merged.toLimit(), maxWaitNanos, merged.place(), store)));
        return plans;
    }

    private InvalidRateLimitException withoutPermits(String place, String name, boolean configured) {
        if (name.isEmpty()) {
            return new InvalidRateLimitException(
                    place,
                    "it has neither permits nor a name",
                    "write for example permits = 5, or a name and ratelimit.limits.<name>.permits");
        }
        String problem = configured
                ? "neither the annotation nor " + LimitName.property(name) + " says how many permits"
                : "there is no limit '" + name + "' under ratelimit.limits, and the annotation has no permits";
        return new InvalidRateLimitException(
                place,
                problem,
                "set " + LimitName.property(name) + ".permits, or permits in the annotation"
                        + (configured
                                ? ""
                                : "; configured are "
                                        + new TreeSet<>(configuration.limits().keySet())));
    }

    private String resolved(String place, String attribute, String text) {
        if (!text.contains("${")) {
            return text.trim();
        }
        try {
            String resolved = placeholders.resolveStringValue(text);
            return resolved == null ? "" : resolved.trim();
        } catch (IllegalArgumentException unresolvable) {
            throw new InvalidRateLimitException(
                    place,
                    attribute + " = \"" + text + "\" cannot be resolved (" + unresolvable.getMessage() + ")",
                    "define the property, or give a default: ${name:default}");
        }
    }

    private static LimitName named(String given, String place) {
        if (!NAME.matcher(given).matches()) {
            throw new InvalidRateLimitException(
                    place,
                    "name = \"" + given + "\" has signs that a property name cannot have",
                    "use letters, digits, '-' and '.'");
        }
        return LimitName.of(given);
    }

    /** A limit of a type is named by the type alone, so that its methods share it; one of a method by all that tells it. */
    private static LimitName unnamed(Method method, Class<?> type, int index) {
        String number = index == 0 ? "" : "#" + (index + 1);
        if (AnnotatedMethods.heldByType(method, type)) {
            Class<?> declaring = AnnotatedMethods.declaringType(type);
            return new LimitName(declaring.getName() + number, declaring.getSimpleName() + number);
        }
        Class<?> declaring = AnnotatedMethods.declaringType(method, type);
        String signature = Arrays.stream(method.getParameterTypes())
                .map(Class::getTypeName)
                .collect(Collectors.joining(",", method.getName() + "(", ")"));
        return new LimitName(
                declaring.getName() + "#" + signature + number,
                declaring.getSimpleName() + "." + method.getName() + number);
    }
}
