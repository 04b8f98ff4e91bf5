package io.github.ratelimited.aop;

import static io.github.ratelimited.aop.Application.allowedOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.RateLimited;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.framework.ProxyFactoryBean;
import org.springframework.aop.target.ThreadLocalTargetSource;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;

/** A call that goes through the proxies of two beans, one before the other, counts once. */
class ProxyOfAProxyTest {

    static class Orders {

        @RateLimited(name = "orders", permits = 6, per = "1d")
        public void place() {}
    }

    private static Orders proxyOf(Object target) {
        ProxyFactory factory = new ProxyFactory(target);
        factory.setProxyTargetClass(true);
        factory.addAdvice((MethodInterceptor) MethodInvocation::proceed);
        return (Orders) factory.getProxy();
    }

    @Configuration(proxyBeanMethods = false)
    static class OfABean {

        @Bean
        Orders inner() {
            return new Orders();
        }

        @Bean
        Orders outer(@Qualifier("inner") Orders inner) {
            return proxyOf(inner);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OfAProxyOfABean {

        @Bean
        Orders inner() {
            return new Orders();
        }

        @Bean
        Orders outer(@Qualifier("inner") Orders inner) {
            return proxyOf(proxyOf(inner));
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OfABeanByName {

        @Bean
        Orders inner() {
            return new Orders();
        }

        @Bean
        ProxyFactoryBean outer() {
            ProxyFactoryBean outer = new ProxyFactoryBean();
            outer.setTargetName("inner");
            outer.setProxyTargetClass(true);
            return outer;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OfABeanForEachThread {

        @Bean
        @Scope("prototype")
        Orders inner() {
            return new Orders();
        }

        @Bean
        ThreadLocalTargetSource target() {
            ThreadLocalTargetSource target = new ThreadLocalTargetSource();
            target.setTargetBeanName("inner");
            return target;
        }

        @Bean
        ProxyFactoryBean outer(ThreadLocalTargetSource target) {
            ProxyFactoryBean outer = new ProxyFactoryBean();
            outer.setTargetSource(target);
            outer.setProxyTargetClass(true);
            return outer;
        }
    }

    /** The inner proxy is no bean, so nothing has limited it. */
    @Configuration(proxyBeanMethods = false)
    static class OfNoBean {

        @Bean
        Orders outer() {
            return proxyOf(proxyOf(new Orders()));
        }
    }

    @AutoClose
    private final Application application = new Application();

    @ParameterizedTest
    @ValueSource(
            classes = {
                OfABean.class,
                OfAProxyOfABean.class,
                OfABeanByName.class,
                OfABeanForEachThread.class,
                OfNoBean.class
            })
    void takesOnePermitACall(Class<?> configuration) {
        Orders outer = application.start(configuration).bean("outer", Orders.class);

        assertThat(allowedOf(20, outer::place)).isEqualTo(6);
    }
}
