package io.github.ratelimited.aop;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.context.expression.BeanFactoryResolver;
import org.springframework.core.convert.TypeDescriptor;
import org.springframework.expression.BeanResolver;
import org.springframework.expression.ConstructorResolver;
import org.springframework.expression.EvaluationContext;
import org.springframework.expression.MethodResolver;
import org.springframework.expression.OperatorOverloader;
import org.springframework.expression.PropertyAccessor;
import org.springframework.expression.TypeComparator;
import org.springframework.expression.TypeConverter;
import org.springframework.expression.TypeLocator;
import org.springframework.expression.TypedValue;
import org.springframework.expression.spel.SpelEvaluationException;
import org.springframework.expression.spel.SpelMessage;
import org.springframework.expression.spel.support.DataBindingMethodResolver;
import org.springframework.expression.spel.support.DataBindingPropertyAccessor;
import org.springframework.expression.spel.support.StandardOperatorOverloader;
import org.springframework.expression.spel.support.StandardTypeComparator;
import org.springframework.expression.spel.support.StandardTypeConverter;

/** What all expressions of an application share: its beans, its variables, and what expressions may do. */
final class CallScope {

    /** The variable that is the called method. */
    static final String METHOD = "method";

    private static final List<PropertyAccessor> PROPERTIES = List.of(DataBindingPropertyAccessor.forReadOnlyAccess());
    private static final List<MethodResolver> METHODS =
            List.of(DataBindingMethodResolver.forInstanceMethodInvocation());
    private static final TypeConverter CONVERTER = new StandardTypeConverter();
    private static final TypeComparator COMPARATOR = new StandardTypeComparator();
    private static final OperatorOverloader OPERATORS = new StandardOperatorOverloader();
    private static final TypeLocator NO_TYPES = name -> {
        throw new SpelEvaluationException(SpelMessage.TYPE_NOT_FOUND, name);
    };

    private final @Nullable BeanFactory beans;
    private final @Nullable BeanResolver beanResolver;
    private final Map<String, Supplier<@Nullable Object>> variables = new HashMap<>();

    CallScope(@Nullable BeanFactory beans, Iterable<CallVariables> variables) {
        this.beans = beans;
        this.beanResolver = beans == null ? null : new BeanFactoryResolver(beans);
        variables.forEach(each -> each.variables().forEach(this.variables::putIfAbsent));
    }

    Set<String> variables() {
        return variables.keySet();
    }

    boolean hasBean(String name) {
        return beans != null && beans.containsBean(name.replace("'", ""));
    }

    @SuppressWarnings("unchecked") // the converter says so
    <T> @Nullable T converted(@Nullable Object value, Class<T> type) {
        return (T) CONVERTER.convertValue(value, TypeDescriptor.forObject(value), TypeDescriptor.valueOf(type));
    }

    EvaluationContext context(MethodInvocation call, Map<String, Integer> arguments) {
        return new Context(call, arguments);
    }

    /** Looks names up in the call itself, so that nothing need be copied for it. */
    private final class Context implements EvaluationContext {

        private final MethodInvocation call;
        private final Map<String, Integer> arguments;

        /** The variable of the application's that was asked for last, and what it was. */
        private @Nullable String asked;

        private @Nullable Object answer;

        Context(MethodInvocation call, Map<String, Integer> arguments) {
            this.call = call;
            this.arguments = arguments;
        }

        @Override
        public @Nullable Object lookupVariable(String name) {
            Integer index = arguments.get(name);
            if (index != null) {
                return call.getArguments()[index];
            }
            if (name.equals(METHOD)) {
                return call.getMethod();
            }
            if (call instanceof SubscribedCall subscribed
                    && subscribed.variables().containsKey(name)) {
                return subscribed.variables().get(name);
            }
            Supplier<@Nullable Object> variable = variables.get(name);
            return variable == null ? null : answer(name, variable);
        }

        private @Nullable Object answer(String name, Supplier<@Nullable Object> variable) {
            if (!name.equals(asked)) {
                answer = variable.get();
                asked = name;
            }
            return answer;
        }

        @Override
        public void setVariable(String name, @Nullable Object value) {
            throw new SpelEvaluationException(SpelMessage.VARIABLE_ASSIGNMENT_NOT_SUPPORTED, name);
        }

        @Override
        public boolean isAssignmentEnabled() {
            return false;
        }

        @Override
        public TypedValue getRootObject() {
            return TypedValue.NULL;
        }

        @Override
        public List<PropertyAccessor> getPropertyAccessors() {
            return PROPERTIES;
        }

        @Override
        public List<ConstructorResolver> getConstructorResolvers() {
            return List.of();
        }

        @Override
        public List<MethodResolver> getMethodResolvers() {
            return METHODS;
        }

        @Override
        public @Nullable BeanResolver getBeanResolver() {
            return beanResolver;
        }

        @Override
        public TypeLocator getTypeLocator() {
            return NO_TYPES;
        }

        @Override
        public TypeConverter getTypeConverter() {
            return CONVERTER;
        }

        @Override
        public TypeComparator getTypeComparator() {
            return COMPARATOR;
        }

        @Override
        public OperatorOverloader getOperatorOverloader() {
            return OPERATORS;
        }
    }
}
