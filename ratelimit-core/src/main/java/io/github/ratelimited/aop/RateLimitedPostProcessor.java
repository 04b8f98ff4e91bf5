package io.github.ratelimited.aop;

import io.github.ratelimited.InvalidRateLimitException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.aopalliance.aop.Advice;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.Advisor;
import org.springframework.aop.Pointcut;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopInfrastructureBean;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.framework.autoproxy.AbstractBeanFactoryAwareAdvisingPostProcessor;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.StaticMethodMatcherPointcut;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.core.Ordered;
import org.springframework.util.ClassUtils;

/**
 * Puts a proxy before each bean that has limited methods, or joins the proxy that is there, and works out the plans of
 * these methods, so that a mistake stops the start; {@link LimiterPlacement} then finds the limiter's place among other
 * advice. Methods that AspectJ has woven are left to the aspect, which has the same plans while this one runs. Annotated
 * methods that a proxy cannot reach are reported once all singletons are there, those of beans that are made later then.
 */
public final class RateLimitedPostProcessor extends AbstractBeanFactoryAwareAdvisingPostProcessor
        implements SmartInitializingSingleton, DisposableBean {

    private static final Log log = LogFactory.getLog(RateLimitedPostProcessor.class);

    private final LatePlans plans;
    private final PointcutLimits pointcuts;
    private final boolean failOnUnreachable;
    private final Map<Class<?>, Boolean> eligible = new ConcurrentHashMap<>();
    private final Set<Method> unreachable = ConcurrentHashMap.newKeySet();
    private volatile boolean started;

    /** A post-processor for annotations alone, without pointcuts, that warns of methods that a proxy cannot reach. */
    public RateLimitedPostProcessor(Supplier<MethodPlans> plans) {
        this(plans, PointcutLimits.NONE, false);
    }

    /**
     * A post-processor that asks for the plans only when the first limited bean is made, so that it does not pull other
     * beans up before their time.
     *
     * @param pointcuts limits for methods without annotations
     * @param failOnUnreachable whether an annotated method that a proxy cannot reach stops the start; else it is warned of
     */
    public RateLimitedPostProcessor(Supplier<MethodPlans> plans, PointcutLimits pointcuts, boolean failOnUnreachable) {
        this.plans = new LatePlans(plans);
        this.pointcuts = pointcuts;
        this.failOnUnreachable = failOnUnreachable;
        this.advisor = new LimiterAdvisor(new LimitedMethods(pointcuts), new RateLimitInterceptor(this.plans));
        setBeforeExistingAdvisors(true);
        // Before those that hand a bean on to a scheduler or a message listener, which have to see the proxy.
        setOrder(Ordered.LOWEST_PRECEDENCE - 1);
    }

    @Override
    public void setBeanFactory(BeanFactory beans) {
        super.setBeanFactory(beans);
        WovenPlans.use(plans);
    }

    @Override
    public void destroy() {
        WovenPlans.release(plans);
    }

    /** The limits for methods without annotations. */
    public PointcutLimits pointcuts() {
        return pointcuts;
    }

    /** A bean can come twice, as what two bean methods return or as another one's target, but a call counts once. */
    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        return isLimitedAlready(bean) ? bean : super.postProcessAfterInitialization(bean, name);
    }

    /** Whether a call of it comes through one of these. */
    static boolean isLimitedAlready(@Nullable Object bean) {
        Object proxy = bean;
        while (proxy instanceof Advised advised) {
            if (limiterOf(advised) != null) {
                return true;
            }
            proxy = AopProxyUtils.getSingletonTarget(advised);
        }
        return false;
    }

    /** The advisor that one of these has put into the proxy; {@code null} if there is none. */
    static @Nullable Advisor limiterOf(Advised proxy) {
        for (Advisor advisor : proxy.getAdvisors()) {
            if (advisor instanceof LimiterAdvisor) {
                return advisor;
            }
        }
        return null;
    }

    @Override
    protected boolean isEligible(Class<?> type) {
        Boolean known = eligible.get(type);
        if (known == null) {
            known = isLimited(type); // may make other beans, and so come here again
            eligible.put(type, known);
        }
        return known;
    }

    private boolean isLimited(Class<?> type) {
        Class<?> userType = ClassUtils.getUserClass(type);
        Set<Method> limited = limitedMethods(userType, pointcuts);
        List<Method> notReached = AnnotatedMethods.unreachable(userType, isProxiedByInterfaces(userType));
        unreachable.addAll(notReached);
        if (started) {
            report(notReached);
        }
        for (Method method : limited) {
            plans.get().of(method, userType);
        }
        return isProxied(limited, userType);
    }

    /** Asked when the application is processed ahead of time: no plans then, since they would open the store. */
    @Override
    public Class<?> determineBeanType(Class<?> type, String name) {
        Class<?> userType = ClassUtils.getUserClass(type);
        eligible.computeIfAbsent(type, unplanned -> isProxied(limitedMethods(userType, pointcuts), userType));
        return super.determineBeanType(type, name);
    }

    /** The methods of a type that are limited, by a proxy or by the aspect. */
    static Set<Method> limitedMethods(Class<?> type, PointcutLimits pointcuts) {
        if (AopInfrastructureBean.class.isAssignableFrom(type)) {
            return Set.of();
        }
        Set<Method> limited = new HashSet<>(AnnotatedMethods.of(type));
        limited.addAll(pointcuts.methods(type));
        return limited;
    }

    private boolean isProxied(Set<Method> limited, Class<?> type) {
        return limited.stream().anyMatch(method -> isLimitedByProxy(method, type, pointcuts));
    }

    private boolean isProxiedByInterfaces(Class<?> type) {
        return !isProxyTargetClass()
                && Arrays.stream(ClassUtils.getAllInterfacesForClass(type))
                        .anyMatch(each -> !isConfigurationCallbackInterface(each)
                                && !isInternalLanguageInterface(each)
                                && each.getMethods().length > 0);
    }

    @Override
    public void afterSingletonsInstantiated() {
        started = true;
        if (!pointcuts.unmatched().isEmpty()) {
            log.warn("No method of any bean so far matches the pointcut of these limits under ratelimit.limits: "
                    + pointcuts.unmatched() + ". Correct it, unless a bean that is made later matches it.");
        }
        report(unreachable);
    }

    private void report(Collection<Method> methods) {
        if (methods.isEmpty()) {
            return;
        }
        String problem = "@RateLimited has no effect on methods that a proxy cannot reach: " + described(methods);
        String fix = "Make them neither private, final nor static, put them on the bean's interface if it has one, or"
                + " weave them with AspectJ";
        if (failOnUnreachable) {
            throw new InvalidRateLimitException("ratelimit.unreachable = fail", problem, fix);
        }
        log.warn(problem + ". " + fix + ".");
    }

    private static String described(Collection<Method> methods) {
        List<Method> sorted = new ArrayList<>(methods);
        return sorted.stream()
                .map(method -> method.getDeclaringClass().getName() + "#" + method.getName())
                .sorted()
                .collect(Collectors.joining(", "));
    }

    /** A woven method has all of its limits from the aspect, those by pointcuts too. */
    private static boolean isLimitedByProxy(Method method, Class<?> type, PointcutLimits pointcuts) {
        return AnnotatedMethods.annotations(method, type).isEmpty()
                ? !pointcuts.names(method, type).isEmpty()
                : !AnnotatedMethods.isWoven(AnnotatedMethods.specific(method, type));
    }

    /** Told from those of others by its class. */
    private static final class LimiterAdvisor extends DefaultPointcutAdvisor {

        LimiterAdvisor(Pointcut pointcut, Advice advice) {
            super(pointcut, advice);
        }
    }

    /** By the annotations and pointcuts alone: plans are for those who have them. */
    private static final class LimitedMethods extends StaticMethodMatcherPointcut {

        private final PointcutLimits pointcuts;

        LimitedMethods(PointcutLimits pointcuts) {
            this.pointcuts = pointcuts;
        }

        @Override
        public boolean matches(Method method, Class<?> type) {
            // An interface stands here for a proxy without a target, whose own interface is known only when it is
            // called.
            return type.isInterface() || isLimitedByProxy(method, type, pointcuts);
        }
    }
}
