package io.github.ratelimited.aop;

import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Method;
import org.aopalliance.intercept.MethodInvocation;

/** A call without a target, for what looks at its method and arguments only. */
@SuppressWarnings("ArrayRecordComponent") // as the interface has it
record TestCall(Method method, Object... arguments) implements MethodInvocation {

    @Override
    public Method getMethod() {
        return method;
    }

    @Override
    public Object[] getArguments() {
        return arguments;
    }

    @Override
    public Object proceed() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Object getThis() {
        return null;
    }

    @Override
    public AccessibleObject getStaticPart() {
        return method;
    }
}
