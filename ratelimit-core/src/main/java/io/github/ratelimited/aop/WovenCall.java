package io.github.ratelimited.aop;

import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Method;
import org.aopalliance.intercept.MethodInvocation;
import org.aspectj.lang.ProceedingJoinPoint;
import org.jspecify.annotations.Nullable;

/** A call that came through AspectJ's door, in the terms of the other one. */
record WovenCall(ProceedingJoinPoint joinPoint, Method method) implements MethodInvocation {

    @Override
    public Method getMethod() {
        return method;
    }

    @Override
    public Object[] getArguments() {
        return joinPoint.getArgs();
    }

    @Override
    public @Nullable Object proceed() throws Throwable {
        return joinPoint.proceed();
    }

    @Override
    public @Nullable Object getThis() {
        return joinPoint.getThis();
    }

    @Override
    public AccessibleObject getStaticPart() {
        return method;
    }
}
