package io.github.ratelimited.autoconfigure;

import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.type.AnnotationMetadata;

/**
 * Lets the properties be read when they are asked for, which is at the start if any is set: to find out that none is takes
 * a good part of what the start of an application costs in which nothing is limited.
 */
final class LateProperties implements ImportBeanDefinitionRegistrar {

    private static final String BEAN = "ratelimit-" + RateLimitProperties.class.getName();

    @Override
    public void registerBeanDefinitions(AnnotationMetadata importing, BeanDefinitionRegistry registry) {
        registry.getBeanDefinition(BEAN).setLazyInit(true); // registered by what enables them, just before
    }
}
