package io.github.ratelimited.aop;

import static io.github.ratelimited.aop.RefusedStart.at;
import static io.github.ratelimited.aop.RefusedStart.refusalOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.RateLimited;
import java.io.IOException;
import java.io.InputStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.springframework.asm.ClassReader;
import org.springframework.asm.ClassVisitor;
import org.springframework.asm.ClassWriter;
import org.springframework.asm.SpringAsmInfo;

/** A key, or another expression, that no call has a value for stops the application at start. */
class InvalidKeyTest {

    @AutoClose
    private final Application application = new Application();

    static class Unreadable {
        @RateLimited(permits = 5, key = "#id +")
        public void place(String id) {}
    }

    static class Misspelt {
        @RateLimited(permits = 5, key = "#user.ids + #usr")
        public void place(String user, int number) {}
    }

    static class Nothing {
        @RateLimited(permits = 5, key = "#id")
        public void place() {}
    }

    static class Configured {
        @RateLimited("checkout")
        public void place(String user) {}
    }

    static class Condition {
        @RateLimited(permits = 5, condition = "#usr == null")
        public void place(String user) {}
    }

    interface Renamed {
        void place(String order);
    }

    static class OverridesIt implements Renamed {
        @RateLimited(permits = 5, key = "#order + #id + #number")
        @Override
        public void place(String id) {}
    }

    public interface Service {
        void place(String order);
    }

    static class ByName implements Service {
        @RateLimited(permits = 1, per = "1d", key = "#id")
        @Override
        public void place(String id) {}
    }

    static class ByPosition implements Service {
        @RateLimited(permits = 1, per = "1d", key = "#p0")
        @Override
        public void place(String id) {}
    }

    @Test
    void mustBeAnExpression() {
        assertThat(refusalOf(application, Unreadable.class))
                .isEqualTo(at(Unreadable.class) + "key = \"#id +\" is not a SpEL expression (Expression [#id +] "
                        + "@4: EL1042E: Problem parsing right operand); write for example #id, #user.id or #p0");
    }

    @Test
    void mayOnlyReferToParameters() {
        assertThat(refusalOf(application, Misspelt.class))
                .isEqualTo(at(Misspelt.class) + "key = \"#user.ids + #usr\" refers to #usr, which is no parameter "
                        + "of [java.lang.String user, int number]; "
                        + "known are [#user, #number, #p0, #a0, #p1, #a1, #method]");
        assertThat(refusalOf(application, Nothing.class))
                .isEqualTo(at(Nothing.class)
                        + "key = \"#id\" refers to #id, which is no parameter of []; known are [#method]");
    }

    @Test
    void mayReferToThoseOfTheMethodThatItOverridesToo() {
        assertThat(refusalOf(application, OverridesIt.class))
                .isEqualTo(at(OverridesIt.class) + "key = \"#order + #id + #number\" refers to #number, which is no "
                        + "parameter of [java.lang.String id]; known are [#id, #p0, #a0, #order, #method]");
    }

    @Test
    void isNamedByItsAttribute() {
        assertThat(refusalOf(application, Condition.class))
                .isEqualTo(at(Condition.class) + "condition = \"#usr == null\" refers to #usr, which is no parameter "
                        + "of [java.lang.String user]; known are [#user, #p0, #a0, #method]");
    }

    @Test
    void isBlamedOnTheConfigurationWhereThatSaysIt() {
        application.limit("checkout", new LimitSettings("ratelimit.limits.checkout", 5, null, 0, null, "#usr", null));

        assertThat(refusalOf(application, Configured.class))
                .isEqualTo("ratelimit.limits.checkout: key = \"#usr\" refers to #usr, which is no parameter of "
                        + "[java.lang.String user]; known are [#user, #p0, #a0, #method]");
    }

    @Test
    void isToldToCompileWithParametersWhereNamesAreMissing() throws Exception {
        Class<?> nameless = withoutParameterNames(ByName.class);

        assertThat(refusalOf(application, nameless))
                .isEqualTo(at(nameless) + "key = \"#id\" refers to #id, which is no parameter of "
                        + "[java.lang.String arg0]; compile with -parameters, or refer to it by position: #p0");
    }

    @Test
    void worksByPositionWhereNamesAreMissing() throws Exception {
        Service service =
                application.start(withoutParameterNames(ByPosition.class)).bean(Service.class);

        assertThat(Application.allowedOf(2, () -> service.place("ann"))).isEqualTo(1);
        assertThat(Application.allowedOf(2, () -> service.place("bob"))).isEqualTo(1);
    }

    /** The class as a compiler without {@code -parameters} would have left it, and as a top level class. */
    private Class<?> withoutParameterNames(Class<?> type) throws IOException, ClassNotFoundException {
        ClassWriter code = new ClassWriter(0);
        String file = type.getName().substring(type.getPackageName().length() + 1) + ".class";
        try (InputStream compiled = type.getResourceAsStream(file)) {
            new ClassReader(compiled).accept(topLevel(code), ClassReader.SKIP_DEBUG);
        }
        return new ClassLoader(type.getClassLoader()) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                Class<?> known = findLoadedClass(name);
                if (known != null) {
                    return known;
                }
                return name.equals(type.getName())
                        ? defineClass(name, code.toByteArray(), 0, code.toByteArray().length)
                        : super.loadClass(name, resolve);
            }
        }.loadClass(type.getName());
    }

    private ClassVisitor topLevel(ClassVisitor delegate) {
        return new ClassVisitor(SpringAsmInfo.ASM_VERSION, delegate) {
            @Override
            public void visitNestHost(String host) {}

            @Override
            public void visitInnerClass(String name, String outer, String inner, int access) {}
        };
    }
}
