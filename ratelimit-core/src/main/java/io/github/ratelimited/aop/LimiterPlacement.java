package io.github.ratelimited.aop;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.IntStream;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.Advisor;
import org.springframework.aop.Pointcut;
import org.springframework.aop.PointcutAdvisor;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.support.AbstractBeanFactoryPointcutAdvisor;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.target.EmptyTargetSource;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.support.MergedBeanDefinitionPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.Ordered;

/**
 * Moves the limiter that {@link RateLimitedPostProcessor} has put into a proxy to the place that the
 * {@link AdviceOrder} says, once all other advice is there. Where that cannot be, it says so in the log.
 */
public final class LimiterPlacement
        implements MergedBeanDefinitionPostProcessor, SmartInitializingSingleton, BeanFactoryAware, Ordered {

    private static final Log log = LogFactory.getLog(LimiterPlacement.class);

    private final AdviceOrder order;
    private final Map<Class<?>, Known> knownKinds = new ConcurrentHashMap<>();
    private final Set<String> misplaced = new ConcurrentSkipListSet<>();
    private @Nullable BeanFactory beans;
    private volatile boolean started;

    /** A placement in that order. */
    public LimiterPlacement(AdviceOrder order) {
        this.order = order;
    }

    @Override
    public void setBeanFactory(BeanFactory beans) {
        this.beans = beans;
    }

    @Override
    public int getOrder() {
        return LOWEST_PRECEDENCE;
    }

    /** Nothing: to be one of these is to come after all post-processors that add advice, whatever their order. */
    @Override
    public void postProcessMergedBeanDefinition(RootBeanDefinition definition, Class<?> type, String name) {}

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        if (bean instanceof Advised advised) {
            Advisor limiter = RateLimitedPostProcessor.limiterOf(advised);
            if (limiter != null) {
                place(limiter, advised, name);
            }
        }
        return bean;
    }

    private void place(Advisor limiter, Advised proxy, String name) {
        List<Advisor> others = new ArrayList<>(Arrays.asList(proxy.getAdvisors()));
        others.remove(limiter);
        List<AdviceKind> kinds = kinds(others, limiter, AopUtils.getTargetClass(proxy));
        int position = order.position(kinds);
        if (proxy.getTargetSource() instanceof EmptyTargetSource) {
            position = Math.min(position, Math.max(others.size() - 1, 0)); // the last one stands for the target
        }
        if (proxy.isFrozen()) {
            position = proxy.indexOf(limiter);
        } else if (proxy.indexOf(limiter) != position) {
            proxy.removeAdvisor(limiter);
            proxy.addAdvisor(position, limiter);
        }
        if (order == AdviceOrder.CACHE_FIRST
                && (kinds.subList(position, kinds.size()).contains(AdviceKind.DECIDING)
                        || isDecidedWithin(proxy, limiter))) {
            misplaced.add(name);
            if (started) {
                warn();
            }
        }
    }

    /** Whether the target is a proxy itself, which could not be joined, and has advice that should have come first. */
    private boolean isDecidedWithin(Advised proxy, Advisor limiter) {
        try {
            return proxy.getTargetSource().isStatic()
                    && proxy.getTargetSource().getTarget() instanceof Advised target
                    && kinds(Arrays.asList(target.getAdvisors()), limiter, AopUtils.getTargetClass(target))
                            .contains(AdviceKind.DECIDING);
        } catch (Exception unknown) {
            return false; // a static target is at hand, so this is for the compiler
        }
    }

    /** Worked out once for a class, unless its proxies differ in their advice. */
    private List<AdviceKind> kinds(List<Advisor> advisors, Advisor limiter, Class<?> type) {
        Known known = knownKinds.get(type);
        if (known == null || !known.isOf(advisors)) {
            known = new Known(List.copyOf(advisors), kindsOf(advisors, limiter, type));
            knownKinds.put(type, known);
        }
        return known.kinds;
    }

    private List<AdviceKind> kindsOf(List<Advisor> advisors, Advisor limiter, Class<?> type) {
        Set<Method> limited = MethodIntrospector.selectMethods(type, (Method method) -> applies(limiter, method, type));
        return advisors.stream()
                .map(advisor -> limited.stream().anyMatch(method -> applies(advisor, method, type))
                        ? kind(advisor)
                        : AdviceKind.OTHER)
                .toList();
    }

    private static boolean applies(Advisor advisor, Method method, Class<?> type) {
        if (!(advisor instanceof PointcutAdvisor pointcutAdvisor)) {
            return true;
        }
        Pointcut pointcut = pointcutAdvisor.getPointcut();
        return pointcut.getClassFilter().matches(type)
                && pointcut.getMethodMatcher().matches(method, type);
    }

    private AdviceKind kind(Advisor advisor) {
        AdviceKind kind = AdviceKind.of(advisor.getClass());
        if (kind != AdviceKind.OTHER) {
            return kind;
        }
        if (advisor instanceof AbstractBeanFactoryPointcutAdvisor byName) {
            String bean = byName.getAdviceBeanName(); // not its advice, which might be made before its time
            return AdviceKind.of(beans == null || bean == null ? null : beans.getType(bean, false));
        }
        return AdviceKind.of(advisor.getAdvice().getClass());
    }

    /** The kinds of the advisors that the last proxy of a class had. */
    private record Known(List<Advisor> advisors, List<AdviceKind> kinds) {

        /** Of the very same: what equals another one need not apply to the same methods. */
        @SuppressWarnings("ReferenceEquality")
        boolean isOf(List<Advisor> others) {
            return advisors.size() == others.size()
                    && IntStream.range(0, advisors.size()).allMatch(i -> advisors.get(i) == others.get(i));
        }
    }

    @Override
    public void afterSingletonsInstantiated() {
        started = true;
        if (!misplaced.isEmpty()) {
            warn();
        }
    }

    private void warn() {
        log.warn(
                "A cache, retry or @Async of these beans comes after their limit, against ratelimit.order = cache-first,"
                        + " because a transaction begins before it or because it is in a proxy that cannot be joined: "
                        + misplaced
                        + ". There a cache hit costs a permit, and a retry does not. Give @EnableCaching and the"
                        + " retry a lower order than @EnableTransactionManagement has, or choose ratelimit.order = limit-first.");
    }
}
