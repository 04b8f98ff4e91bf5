package io.github.ratelimited.autoconfigure;

import io.github.ratelimited.aop.MethodPlans;
import io.github.ratelimited.aop.RateLimitAspect;
import java.util.function.Supplier;
import org.aspectj.lang.annotation.Aspect;
import org.springframework.beans.factory.BeanCreationNotAllowedException;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Lazy;

/**
 * Gives the application's limits to classes that AspectJ has woven, or none if limits are switched off: binds the aspect,
 * which is no bean, to this application while it runs.
 */
@AutoConfiguration(after = RateLimitAutoConfiguration.class)
@ConditionalOnClass(Aspect.class)
@Lazy(false) // nobody asks for it
public class AspectAutoConfiguration implements InitializingBean, DisposableBean {

    private final Supplier<MethodPlans> plans;

    AspectAutoConfiguration(ObjectProvider<MethodPlans> plans) {
        this.plans = () -> {
            try {
                return plans.getIfAvailable(MethodPlans::none);
            } catch (BeanCreationNotAllowedException closing) {
                return MethodPlans.none(); // the first woven call of all, by a bean that is being destroyed
            }
        };
    }

    @Override
    public void afterPropertiesSet() {
        RateLimitAspect.aspectOf().use(plans);
    }

    @Override
    public void destroy() {
        RateLimitAspect.aspectOf().release(plans);
    }
}
