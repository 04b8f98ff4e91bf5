package io.github.ratelimited.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.aop.MethodPlans;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.ObjectFactory;
import org.springframework.beans.factory.config.CustomScopeConfigurer;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.support.SimpleThreadScope;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.test.util.ReflectionTestUtils;
import org.springframework.web.context.annotation.RequestScope;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/** Beans of which there are many instances: a limit is the method's, not the instance's. */
class ScopedBeanTest {

    private static final int INSTANCES = 50;

    public static class Cart {

        private static final AtomicInteger made = new AtomicInteger();

        private final int number = made.incrementAndGet();

        public int number() {
            return number;
        }

        @RateLimited(permits = 2, per = "1d")
        public void order() {}

        @RateLimited(name = "coupon", permits = 2, per = "1d", key = "#code")
        public void redeem(String code) {}
    }

    @Configuration(proxyBeanMethods = false)
    static class Prototypes {

        @Bean
        @Scope("prototype")
        Cart cart() {
            return new Cart();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OfAScopeOfTheApplication {

        @Bean
        static CustomScopeConfigurer scopes() {
            CustomScopeConfigurer scopes = new CustomScopeConfigurer();
            scopes.addScope("each-call", new EachCall());
            return scopes;
        }

        @Bean
        @Scope(value = "each-call", proxyMode = ScopedProxyMode.TARGET_CLASS)
        Cart cart() {
            return new Cart();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OfARequest {

        @Bean
        @RequestScope
        Cart cart() {
            return new Cart();
        }
    }

    /** The worst of scopes: each call through the scoped proxy meets an instance of its own. */
    private static final class EachCall extends SimpleThreadScope {

        @Override
        public Object get(String name, ObjectFactory<?> factory) {
            return factory.getObject();
        }

        @Override
        public void registerDestructionCallback(String name, Runnable callback) {
            // its instances are just left
        }
    }

    private static final AutoConfigurations CONFIGURATIONS = AutoConfigurations.of(RateLimitAutoConfiguration.class);

    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(CONFIGURATIONS)
            .withBean(TimeSource.class, MutableTimeSource::new);

    private final WebApplicationContextRunner webApplication = new WebApplicationContextRunner()
            .withConfiguration(CONFIGURATIONS)
            .withBean(TimeSource.class, MutableTimeSource::new);

    @AfterEach
    void endRequest() {
        RequestContextHolder.resetRequestAttributes();
    }

    private static boolean isAllowed(Runnable call) {
        try {
            call.run();
            return true;
        } catch (RateLimitExceededException denied) {
            return false;
        }
    }

    private static void request() {
        RequestContextHolder.setRequestAttributes(new ServletRequestAttributes(new MockHttpServletRequest()));
    }

    private static void assertNamedByTheClass(ApplicationContext context, RateLimitExceededException denied) {
        assertThat(denied.getLimitName()).isEqualTo("Cart.order");
        assertThat(context.getBean(RateLimiterRegistry.class).names())
                .containsExactly("coupon", Cart.class.getName() + "#order()");
    }

    /** Plans are of methods, as limits are: whatever is there after two instances is all that there will be. */
    private static int plans(ApplicationContext context) {
        Object plans = ReflectionTestUtils.getField(context.getBean(MethodPlans.class), "plans");
        return ((Map<?, ?>) plans).size();
    }

    @Nested
    class Prototype {

        @Test
        void instances_share_the_limit() {
            application.withUserConfiguration(Prototypes.class).run(context -> {
                List<Boolean> allowed = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    allowed.add(isAllowed(context.getBean(Cart.class)::order));
                }
                assertThat(allowed).containsExactly(true, true, false, false);
                assertNamedByTheClass(
                        context,
                        catchThrowableOfType(RateLimitExceededException.class, context.getBean(Cart.class)::order));
            });
        }

        @Test
        void instances_leave_nothing_behind() {
            application.withUserConfiguration(Prototypes.class).run(context -> {
                Set<Class<?>> classes = new HashSet<>();
                Set<Integer> plans = new HashSet<>();
                for (int i = 0; i < INSTANCES; i++) {
                    Cart cart = context.getBean(Cart.class);
                    isAllowed(cart::order);
                    isAllowed(() -> cart.redeem("half"));
                    classes.add(cart.getClass());
                    plans.add(plans(context));
                }
                assertThat(classes).hasSize(1).doesNotContain(Cart.class);
                assertThat(plans).hasSize(1);
                assertThat(context.getBean(RateLimiterRegistry.class).names()).hasSize(2);
                assertThat(context.getBean(MemoryLimiterStore.class).keys()).isEqualTo(1);
            });
        }
    }

    @Nested
    class ScopedProxy {

        @Test
        void counts_a_call_once_and_for_all_instances() {
            application.withUserConfiguration(OfAScopeOfTheApplication.class).run(context -> {
                Cart cart = context.getBean("cart", Cart.class);
                assertThat(cart.number()).isNotEqualTo(cart.number());

                assertThat(isAllowed(cart::order)).isTrue();
                assertThat(isAllowed(cart::order)).isTrue();
                assertNamedByTheClass(context, catchThrowableOfType(RateLimitExceededException.class, cart::order));
            });
        }

        @Test
        void leaves_nothing_behind() {
            application.withUserConfiguration(OfAScopeOfTheApplication.class).run(context -> {
                Cart cart = context.getBean("cart", Cart.class);
                Set<Integer> plans = new HashSet<>();
                for (int i = 0; i < INSTANCES; i++) {
                    isAllowed(cart::order);
                    isAllowed(() -> cart.redeem("half"));
                    plans.add(plans(context));
                }
                assertThat(plans).hasSize(1);
                assertThat(context.getBean(RateLimiterRegistry.class).names()).hasSize(2);
                assertThat(context.getBean(MemoryLimiterStore.class).keys()).isEqualTo(1);
            });
        }
    }

    @Nested
    class OfTheRequest {

        @Test
        void the_limit_outlives_the_request() {
            webApplication.withUserConfiguration(OfARequest.class).run(context -> {
                Cart cart = context.getBean("cart", Cart.class);
                request();
                int first = cart.number();
                assertThat(cart.number()).isEqualTo(first);
                assertThat(isAllowed(cart::order)).isTrue();
                request();
                assertThat(cart.number()).isNotEqualTo(first);
                assertThat(isAllowed(cart::order)).isTrue();
                request();
                assertNamedByTheClass(context, catchThrowableOfType(RateLimitExceededException.class, cart::order));
            });
        }

        @Test
        void each_key_has_permits_of_its_own_over_all_requests() {
            webApplication.withUserConfiguration(OfARequest.class).run(context -> {
                Cart cart = context.getBean("cart", Cart.class);
                int[] allowed = new int[2];
                for (int i = 0; i < INSTANCES; i++) {
                    request();
                    allowed[0] += isAllowed(() -> cart.redeem("half")) ? 1 : 0;
                    allowed[1] += isAllowed(() -> cart.redeem("third")) ? 1 : 0;
                }
                assertThat(allowed).containsExactly(2, 2);
                assertThat(context.getBean(MemoryLimiterStore.class).keys()).isEqualTo(2);
            });
        }
    }
}
