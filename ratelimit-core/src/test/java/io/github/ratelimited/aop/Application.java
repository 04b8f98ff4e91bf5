package io.github.ratelimited.aop;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.LimitPolicies;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.core.env.MapPropertySource;

/** A small application: the annotation at work over a memory store and a clock that stands still. */
final class Application implements AutoCloseable {

    /** Spring's own log tells of each start that is meant to fail. */
    private static final Logger SPRING = Logger.getLogger("org.springframework");

    static {
        SPRING.setLevel(Level.OFF);
    }

    private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
    private final Map<String, Object> properties = new HashMap<>();
    private final Map<String, LimitSettings> limits = new HashMap<>();
    private long maxWaitNanos;
    private boolean proxyTargetClass;
    private AdviceOrder order = AdviceOrder.CACHE_FIRST;

    Application property(String name, String value) {
        properties.put(name, value);
        return this;
    }

    /** As {@code ratelimit.limits.<name>} would. */
    Application limit(String name, LimitSettings settings) {
        limits.put(name, settings);
        return this;
    }

    /** As {@code ratelimit.limits.<name>} with {@code plans} would: permits a day, and those of each plan. */
    Application plans(String name, long permits, Map<String, Long> plans) {
        String place = "ratelimit.limits." + name;
        Map<String, LimitSettings> settings = plans.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        plan -> new LimitSettings(
                                place + ".plans." + plan.getKey(), plan.getValue(), null, 0, null, null, null)));
        return limit(name, new LimitSettings(place, permits, "1d", 0, null, null, null, settings));
    }

    /** As {@code ratelimit.defaults.max-wait} would. */
    Application maxWait(Duration maxWait) {
        maxWaitNanos = maxWait.toNanos();
        return this;
    }

    /** As {@code spring.aop.proxy-target-class} would. */
    Application proxyTargetClass() {
        proxyTargetClass = true;
        return this;
    }

    /** As {@code ratelimit.order} would. */
    Application order(AdviceOrder value) {
        order = value;
        return this;
    }

    Application limitFirst() {
        return order(AdviceOrder.LIMIT_FIRST);
    }

    /** Another one, not started, with the same properties and limits. */
    Application likewise() {
        Application other = new Application().maxWait(Duration.ofNanos(maxWaitNanos));
        other.properties.putAll(properties);
        other.limits.putAll(limits);
        return other;
    }

    Application start(Class<?>... components) {
        context.getEnvironment().getPropertySources().addFirst(new MapPropertySource("test", properties));
        context.registerBean(LimitConfiguration.class, () -> new LimitConfiguration(limits, maxWaitNanos));
        context.registerBean(LimiterPlacement.class, () -> new LimiterPlacement(order));
        context.addBeanFactoryPostProcessor(factory -> factory.addBeanPostProcessor(new ProxyKind()));
        if (components.length > 0) {
            context.register(components);
        }
        context.register(Limiting.class); // last, as auto-configurations are
        context.refresh();
        return this;
    }

    <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    <T> T bean(String name, Class<T> type) {
        return context.getBean(name, type);
    }

    MutableTimeSource time() {
        return bean(MutableTimeSource.class);
    }

    void advance(Duration duration) {
        time().advance(duration);
    }

    RateLimiterRegistry registry() {
        return bean(RateLimiterRegistry.class);
    }

    <T> Map<String, T> beans(Class<T> type) {
        return context.getBeansOfType(type);
    }

    boolean isRunning() {
        return context.isRunning();
    }

    @Override
    public void close() {
        context.close();
    }

    /** How many of so many calls, one after the other, are let in. */
    static int allowedOf(int calls, Runnable call) {
        int allowed = 0;
        for (int i = 0; i < calls; i++) {
            try {
                call.run();
                allowed++;
            } catch (RateLimitExceededException denied) {
                // counted by what is missing
            }
        }
        return allowed;
    }

    private final class ProxyKind implements BeanPostProcessor {

        @Override
        public Object postProcessBeforeInitialization(Object bean, String name) {
            if (bean instanceof RateLimitedPostProcessor postProcessor) {
                postProcessor.setProxyTargetClass(proxyTargetClass);
            }
            return bean;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Limiting {

        @Bean
        static RateLimitedPostProcessor rateLimitedPostProcessor(
                ObjectProvider<MethodPlans> plans, Environment environment) {
            return new RateLimitedPostProcessor(
                    plans::getObject,
                    PointcutLimits.NONE,
                    "fail".equals(environment.getProperty("ratelimit.unreachable")));
        }

        @Bean
        MethodPlans methodPlans(
                StoreRateLimiterRegistry registry,
                LimitConfiguration configuration,
                Environment environment,
                BeanFactory beans,
                ObjectProvider<CallVariables> variables) {
            return new MethodPlans(
                    registry,
                    configuration,
                    environment::resolveRequiredPlaceholders,
                    PointcutLimits.NONE,
                    beans,
                    variables);
        }

        /** A limit can name each {@link LimiterStore} bean, of which there are none here. */
        @Bean
        StoreRateLimiterRegistry rateLimiterRegistry(Admission admission, ListableBeanFactory beans, TimeSource time) {
            Map<String, Admission> others = new HashMap<>();
            beans.getBeansOfType(LimiterStore.class)
                    .forEach((name, store) -> others.put(name, new Admission(store, time)));
            return new StoreRateLimiterRegistry(admission, others, new LimitPolicies(), null, null);
        }

        @Bean
        Admission admission(TimeSource time) {
            return new Admission(new MemoryLimiterStore(time, 1_000), time);
        }

        @Bean
        MutableTimeSource timeSource() {
            return new MutableTimeSource();
        }
    }
}
