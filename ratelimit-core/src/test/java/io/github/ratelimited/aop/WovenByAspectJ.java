package io.github.ratelimited.aop;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.aspectj.weaver.loadtime.Aj;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/** Runs each test in classes that went through AspectJ's load-time weaver, as its agent would have done. */
final class WovenByAspectJ implements InvocationInterceptor {

    @Override
    public void interceptTestMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> context, ExtensionContext extension)
            throws Throwable {
        invocation.skip();
        ClassLoader loader = new WeavingLoader();
        Class<?> woven = loader.loadClass(context.getTargetClass().getName());
        Constructor<?> constructor = woven.getDeclaredConstructor();
        constructor.setAccessible(true);
        Method test = woven.getDeclaredMethod(context.getExecutable().getName());
        test.setAccessible(true);
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        try {
            test.invoke(constructor.newInstance());
        } catch (InvocationTargetException failed) {
            throw failed.getCause();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /** This library and its tests once more, woven; all else as it is. */
    private static final class WeavingLoader extends ClassLoader {

        private final Aj weaver = new Aj();

        WeavingLoader() {
            super(WovenByAspectJ.class.getClassLoader());
            weaver.initialize();
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("io.github.ratelimited.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> known = findLoadedClass(name);
                return known != null ? known : woven(name);
            }
        }

        private Class<?> woven(String name) throws ClassNotFoundException {
            try (InputStream compiled = getResourceAsStream(name.replace('.', '/') + ".class")) {
                if (compiled == null) {
                    throw new ClassNotFoundException(name);
                }
                byte[] plain = compiled.readAllBytes();
                byte[] changed = weaver.preProcess(name, plain, this, null);
                byte[] code = changed != null ? changed : plain;
                return defineClass(name, code, 0, code.length);
            } catch (IOException unreadable) {
                throw new ClassNotFoundException(name, unreadable);
            }
        }
    }
}
