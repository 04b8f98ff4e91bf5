package io.github.ratelimited.autoconfigure.test;

import org.springframework.test.context.TestContext;
import org.springframework.test.context.support.AbstractTestExecutionListener;

/** Gives each method of a class with {@link AutoConfigureRateLimitTest} full limits. */
class FreshLimitsTestExecutionListener extends AbstractTestExecutionListener {

    /** After those that inject, since it needs the application. */
    @Override
    public int getOrder() {
        return 4_500;
    }

    @Override
    public void beforeTestMethod(TestContext test) {
        if (test.hasApplicationContext()) {
            test.getApplicationContext().getBeanProvider(FreshLimits.class).ifAvailable(FreshLimits::begin);
        }
    }
}
