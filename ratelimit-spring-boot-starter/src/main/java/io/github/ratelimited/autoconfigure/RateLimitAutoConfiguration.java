package io.github.ratelimited.autoconfigure;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.LimitResolver;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.aop.AdviceOrder;
import io.github.ratelimited.aop.CallVariables;
import io.github.ratelimited.aop.LimiterPlacement;
import io.github.ratelimited.aop.MethodPlans;
import io.github.ratelimited.aop.PointcutLimits;
import io.github.ratelimited.aop.RateLimitedPostProcessor;
import io.github.ratelimited.autoconfigure.RateLimitProperties.LimitProperties;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Resolver;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Unreachable;
import io.github.ratelimited.autoconfigure.client.RestClientLimits;
import io.github.ratelimited.autoconfigure.client.WebClientLimits;
import io.github.ratelimited.autoconfigure.web.ServletRequests;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.DecisionListener;
import io.github.ratelimited.store.Holds;
import io.github.ratelimited.store.LimitPolicies;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.Penalties;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Role;
import org.springframework.core.env.Environment;
import org.springframework.util.function.SingletonSupplier;

/**
 * Limits the methods that carry {@link io.github.ratelimited.RateLimited}. The time and the store in memory give way to
 * what the application defines; a child of an application shares its limits. Lazy, so that an application in which nothing
 * is limited does not pay for it.
 */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "ratelimit.enabled", matchIfMissing = true)
@EnableConfigurationProperties(RateLimitProperties.class)
@Import(LateProperties.class)
@Lazy
public class RateLimitAutoConfiguration {

    /**
     * The bean that knows the current request of a web application. No candidate by type, so that it cannot come before a
     * bean of the application.
     */
    public static final String WEB_REQUEST = "rateLimitWebRequest";

    /** The time that limits count and wait by. */
    @Bean
    @ConditionalOnMissingBean
    TimeSource rateLimitTimeSource() {
        return TimeSource.system();
    }

    /** The store that {@code ratelimit.store: memory} means: holds at most {@code ratelimit.memory.max-keys}. */
    @Bean(StoreChoice.MEMORY_BEAN)
    @ConditionalOnMissingBean
    MemoryLimiterStore memoryLimiterStore(TimeSource timeSource, RateLimitProperties properties) {
        long maxKeys = properties.memory().maxKeys();
        if (maxKeys < 1) {
            throw new InvalidRateLimitException(
                    "ratelimit.memory", "max-keys = " + maxKeys + " is not positive", "write for example 1000000");
        }
        return new MemoryLimiterStore(timeSource, maxKeys);
    }

    /** Takes over what a configuration that is refreshed says. */
    @Bean
    @ConditionalOnClass(name = RefreshedLimits.REFRESH)
    RefreshedLimits rateLimitRefreshedLimits(
            RateLimitProperties properties,
            ObjectProvider<StoreRateLimiterRegistry> registry,
            ObjectProvider<MethodPlans> plans,
            Environment environment) {
        return new RefreshedLimits(properties, registry, plans, environment);
    }

    /** The limits, those of {@code ratelimit.limits} from the start. */
    @Bean
    @ConditionalOnMissingBean(name = "rateLimitRegistry")
    StoreRateLimiterRegistry rateLimitRegistry(
            Map<String, LimiterStore> stores,
            TimeSource timeSource,
            ObjectProvider<DecisionListener> listeners,
            @Qualifier(WEB_REQUEST) ObjectProvider<DecisionListener> webListeners,
            ObjectProvider<PenaltyListener> penaltyListeners,
            RateLimitProperties properties,
            ObjectProvider<LimitResolver> resolvers,
            ObjectProvider<ResolverListener> resolverListeners,
            ObjectProvider<StoreRateLimiterRegistry> itself,
            ApplicationContext context) {
        LimitPolicies policies = Policies.of(properties);
        List<PenaltyListener> toldOfPenalties = penaltyListeners.orderedStream().toList();
        Penalties penalties = new Penalties(
                policies,
                timeSource,
                Penalties.DEFAULT_MAX_KEYS,
                name -> toldOfPenalties.forEach(each -> each.shutOut(name)));
        List<DecisionListener> all =
                new ArrayList<>(Stream.concat(listeners.orderedStream(), webListeners.orderedStream())
                        .toList());
        all.add(new DenialLog(timeSource));
        LimitEvents events = new LimitEvents(context, policies, timeSource);
        all.add(events);
        Holds holds = properties.limits().values().stream().anyMatch(LimitProperties::obeyRetryAfter)
                ? new Holds(policies, timeSource)
                : null;
        EveryStore everyStore = new EveryStore(policies, penalties, holds, all, properties.keyHash());
        Admission admission =
                new Admission(everyStore.around(StoreChoice.choose(stores, properties.store())), timeSource);
        StoreRateLimiterRegistry registry = new StoreRateLimiterRegistry(
                admission,
                StoreChoice.named(stores, admission, everyStore, timeSource),
                policies,
                penalties,
                holds,
                resolver(
                        resolvers.orderedStream().toList(),
                        resolverListeners.orderedStream().toList(),
                        SingletonSupplier.of(itself::getObject),
                        timeSource,
                        properties.resolver()));
        Declaration.all(Configurations.of(properties)).forEach(each -> each.in(registry));
        registry.onForget(events::forget);
        return registry;
    }

    private static @Nullable LimitResolver resolver(
            List<LimitResolver> resolvers,
            List<ResolverListener> listeners,
            Supplier<StoreRateLimiterRegistry> registry,
            TimeSource timeSource,
            Resolver properties) {
        return resolvers.isEmpty()
                ? null
                : new CachedLimitResolver(
                        resolvers,
                        listeners,
                        registry,
                        timeSource,
                        properties.cacheFor(),
                        properties.timeout(),
                        properties.maxEntries());
    }

    /** The plans of limited methods. */
    @Bean
    @ConditionalOnMissingBean(name = "rateLimitMethodPlans")
    MethodPlans rateLimitMethodPlans(
            StoreRateLimiterRegistry registry,
            RateLimitProperties properties,
            RateLimitedPostProcessor postProcessor,
            Environment environment,
            BeanFactory beanFactory,
            ObjectProvider<CallVariables> variables,
            @Qualifier(WEB_REQUEST) ObjectProvider<CallVariables> webVariables) {
        return new MethodPlans(
                registry,
                Configurations.of(properties),
                environment::resolveRequiredPlaceholders,
                postProcessor.pointcuts(),
                beanFactory,
                Stream.concat(variables.orderedStream(), webVariables.orderedStream())
                        .toList()); // the application's own first, so that they win
    }

    /** The request that the calling thread serves, for answers and expressions. */
    @Bean(name = WEB_REQUEST, defaultCandidate = false)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    @ConditionalOnClass(
            name = {
                "jakarta.servlet.http.HttpServletRequest",
                "org.springframework.web.context.request.RequestContextHolder"
            })
    ServletRequests rateLimitServletRequests(RateLimitProperties properties) {
        return new ServletRequests(properties);
    }

    /** For {@code RestClient} and {@code RestTemplate}. */
    @Bean
    @ConditionalOnClass(name = "org.springframework.http.client.ClientHttpRequestInterceptor")
    RestClientLimits restClientLimits(
            ObjectProvider<StoreRateLimiterRegistry> registry, RateLimitProperties properties, TimeSource timeSource) {
        return new RestClientLimits(registry, properties, timeSource);
    }

    /** For {@code WebClient}. */
    @Bean
    @ConditionalOnClass(
            name = {
                "org.springframework.web.reactive.function.client.ExchangeFilterFunction",
                "reactor.core.publisher.Mono"
            })
    WebClientLimits webClientLimits(RestClientLimits others) {
        return new WebClientLimits(others);
    }

    /**
     * The proxies before limited beans: of the class itself, unless {@code spring.aop.proxy-target-class} says no. All is
     * from the environment, since the properties' bean would be too early for a post-processor.
     */
    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static RateLimitedPostProcessor rateLimitedPostProcessor(
            ObjectProvider<MethodPlans> plans, Environment environment) {
        Unreachable unreachable =
                bound(environment, "ratelimit.unreachable", Bindable.of(Unreachable.class), Unreachable.WARN);
        RateLimitedPostProcessor postProcessor =
                new RateLimitedPostProcessor(plans::getObject, pointcuts(environment), unreachable == Unreachable.FAIL);
        postProcessor.setProxyTargetClass(
                environment.getProperty("spring.aop.proxy-target-class", Boolean.class, true));
        return postProcessor;
    }

    /** The limits' place among other advice. */
    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static LimiterPlacement rateLimiterPlacement(Environment environment) {
        return new LimiterPlacement(
                bound(environment, "ratelimit.order", Bindable.of(AdviceOrder.class), AdviceOrder.CACHE_FIRST));
    }

    /** Checks what is configured when all beans are there. */
    @Bean
    @Lazy(false)
    StartCheck rateLimitStartCheck(
            ObjectProvider<RateLimitProperties> properties,
            ObjectProvider<MethodPlans> plans,
            ObjectProvider<StoreRateLimiterRegistry> registry,
            ListableBeanFactory beans,
            Environment environment) {
        return new StartCheck(properties, plans, registry, beans, environment);
    }

    private static PointcutLimits pointcuts(Environment environment) {
        Map<String, String> expressions = new TreeMap<>();
        bound(environment, "ratelimit.limits", Bindable.mapOf(String.class, LimitProperties.class), Map.of())
                .forEach((name, limit) -> {
                    if (limit.pointcut() != null) {
                        expressions.put(name, limit.pointcut());
                    }
                });
        return new PointcutLimits(expressions);
    }

    private static <T> T bound(Environment environment, String property, Bindable<T> type, T otherwise) {
        return RateLimitProperties.areIn(environment)
                ? Binder.get(environment).bind(property, type).orElse(otherwise)
                : otherwise;
    }
}
