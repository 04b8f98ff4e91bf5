package io.github.ratelimited.autoconfigure;

import io.github.ratelimited.aop.MethodPlans;
import io.github.ratelimited.aop.RateLimitAspect;
import java.util.function.Supplier;
import org.aspectj.lang.annotation.Aspect;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Lazy;

/** Where limits are switched off, classes that AspectJ has woven have none either while the application runs. */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "ratelimit.enabled", havingValue = false)
@ConditionalOnClass(Aspect.class)
@Lazy(false) // nobody asks for it
public class SwitchedOffAutoConfiguration implements InitializingBean, DisposableBean {

    private final Supplier<MethodPlans> none = MethodPlans::none;

    @Override
    public void afterPropertiesSet() {
        RateLimitAspect.aspectOf().use(none);
    }

    @Override
    public void destroy() {
        RateLimitAspect.aspectOf().release(none);
    }
}
