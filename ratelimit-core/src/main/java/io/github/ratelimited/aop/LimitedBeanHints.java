package io.github.ratelimited.aop;

import io.github.ratelimited.RateLimited;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aot.hint.ExecutableMode;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.ReflectionHints;
import org.springframework.beans.factory.aot.BeanRegistrationAotContribution;
import org.springframework.beans.factory.aot.BeanRegistrationAotProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.RegisteredBean;
import org.springframework.core.ResolvableType;
import org.springframework.util.ClassUtils;

/**
 * What a native image keeps for each bean that has limited methods: these, those that they have their annotations from,
 * their fallbacks, and what their expressions read of arguments and call of beans.
 */
final class LimitedBeanHints implements BeanRegistrationAotProcessor {

    private static final Pattern BEAN = Pattern.compile("@(\\w+|'[^']+')");

    @Override
    public @Nullable BeanRegistrationAotContribution processAheadOfTime(RegisteredBean bean) {
        ConfigurableListableBeanFactory beans = bean.getBeanFactory();
        Class<?> type = type(bean, beans);
        RateLimitedPostProcessor postProcessor =
                beans.getBeanProvider(RateLimitedPostProcessor.class).getIfAvailable();
        PointcutLimits pointcuts = postProcessor == null ? PointcutLimits.NONE : postProcessor.pointcuts();
        Set<Method> limited = RateLimitedPostProcessor.limitedMethods(type, pointcuts);
        if (limited.isEmpty()) {
            return null;
        }
        return (context, code) -> {
            if (type.isInterface()) {
                // Spring registers that of a bean, but not of what a factory makes.
                context.getRuntimeHints().proxies().registerJdkProxy(AopProxyUtils.completeJdkProxyInterfaces(type));
            }
            ReflectionHints hints = context.getRuntimeHints().reflection();
            for (Method method : limited) {
                hints.registerMethod(AnnotatedMethods.specific(method, type), ExecutableMode.INVOKE);
                AnnotatedMethods.carriers(method, type)
                        .forEach(carrier -> hints.registerMethod(carrier, ExecutableMode.INVOKE));
                registerArguments(method, type, hints);
                for (RateLimited annotation : AnnotatedMethods.annotations(method, type)) {
                    Fallback.named(annotation.fallback(), type)
                            .forEach(fallback -> hints.registerMethod(fallback, ExecutableMode.INVOKE));
                    registerBeans(annotation, beans, hints);
                }
            }
        };
    }

    /** All of them, since an expression may stand in a configuration that is not known yet. */
    private static void registerArguments(Method method, Class<?> type, ReflectionHints hints) {
        for (int i = 0; i < method.getParameterCount(); i++) {
            Class<?> argument =
                    ResolvableType.forMethodParameter(method, i, type).toClass();
            hints.registerType(argument, MemberCategory.INVOKE_PUBLIC_METHODS);
            Arrays.stream(argument.getFields()).forEach(hints::registerField);
        }
    }

    /** Those that are called by expressions: {@code @tenants.of(#id)}. */
    private static void registerBeans(
            RateLimited annotation, ConfigurableListableBeanFactory beans, ReflectionHints hints) {
        Stream.of(annotation.key(), annotation.cost(), annotation.condition(), annotation.plan())
                .flatMap(expression -> BEAN.matcher(expression).results())
                .map(bean -> bean.group(1).replace("'", ""))
                .filter(beans::containsBean)
                .map(beans::getType)
                .filter(Objects::nonNull)
                .forEach(type ->
                        hints.registerType(ClassUtils.getUserClass(type), MemberCategory.INVOKE_PUBLIC_METHODS));
    }

    /** What a factory makes, if it is one. */
    private static Class<?> type(RegisteredBean bean, ConfigurableListableBeanFactory beans) {
        Class<?> made = bean.isInnerBean() ? null : beans.getType(bean.getBeanName());
        return ClassUtils.getUserClass(made == null ? bean.getBeanClass() : made);
    }
}
