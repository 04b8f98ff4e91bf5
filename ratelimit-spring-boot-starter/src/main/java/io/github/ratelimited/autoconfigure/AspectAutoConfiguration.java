package io.github.ratelimited.autoconfigure;

import io.github.ratelimited.aop.MethodPlans;
import io.github.ratelimited.aop.RateLimitAspect;
import org.aspectj.lang.annotation.Aspect;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;

/** Gives the application's limits to classes that AspectJ has woven, or none if limits are switched off. */
@AutoConfiguration(after = RateLimitAutoConfiguration.class)
@ConditionalOnClass(Aspect.class)
public class AspectAutoConfiguration {

    /** Binds the aspect, which is no bean, to this application while it runs. */
    @Bean
    Binding rateLimitAspectBinding(ObjectProvider<MethodPlans> plans) {
        MethodPlans bound = plans.getIfAvailable(MethodPlans::none);
        RateLimitAspect.aspectOf().use(bound);
        return new Binding(bound);
    }

    /** Ends with the application. */
    record Binding(MethodPlans plans) implements DisposableBean {

        @Override
        public void destroy() {
            RateLimitAspect.aspectOf().release(plans);
        }
    }
}
