package io.github.ratelimited.aop;

import static io.github.ratelimited.aop.Application.allowedOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.RateLimited;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A key reads the arguments of a call; it can do nothing else. */
class KeyExpressionSafetyTest {

    private static final AtomicInteger touched = new AtomicInteger();

    /** What an expression must not be able to do. */
    public static final class Trap {

        public Trap() {
            touched.incrementAndGet();
        }

        public static String spring() {
            touched.incrementAndGet();
            return "sprung";
        }
    }

    public static class User {

        private String name = "ann";

        public String getName() {
            return name;
        }

        public void setName(String name) {
            touched.incrementAndGet();
            this.name = name;
        }
    }

    @Nested
    class AnExpression {

        private static final Method CALL = Arguments.class.getDeclaredMethods()[0];
        private static final String TRAP = "io.github.ratelimited.aop.KeyExpressionSafetyTest$Trap";

        private final Object[] arguments = {
            "text",
            new User(),
            1,
            new ArrayList<>(List.of("a")),
            new HashMap<>(Map.of("a", "b")),
            String.class,
            getClass().getClassLoader(),
            new Trap()
        };

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "T(java.lang.Runtime).getRuntime()",
                    "T(java.lang.System).getProperty('user.home')",
                    "T(" + TRAP + ").spring()",
                })
        void cannotNameATypeEvenToCallIt(String expression) {
            assertRefused(expression);
        }

        @ParameterizedTest
        @ValueSource(strings = {"new " + TRAP + "()", "new java.io.File('/')", "new int[2]", "new String('a')"})
        void cannotMakeObjects(String expression) {
            assertRefused(expression);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "#user.name = 'bob'",
                    "#user.setName = 'bob'",
                    "#text = 'bob'",
                    "#number++",
                    "--#number",
                    "#list[0] = 'bob'",
                    "#map['a'] = 'bob'",
                })
        void cannotAssign(String expression) {
            assertRefused(expression);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "#text.class",
                    "#text.class.forName('" + TRAP + "')",
                    "#text.getClass()",
                    "#text.getClass().getClassLoader()",
                    "#text.class.classLoader",
                    "#user.class.module",
                    "#type.name",
                    "#type.classLoader",
                    "#type.getClassLoader()",
                    "#type.forName('" + TRAP + "')",
                    "#type.newInstance()",
                    "#loader.loadClass('" + TRAP + "')",
                })
        void cannotReachClasses(String expression) {
            assertRefused(expression);
        }

        @ParameterizedTest
        @ValueSource(strings = {"@environment", "&environment", "@systemProperties['user.home']"})
        void cannotReachBeans(String expression) {
            assertRefused(expression);
        }

        @Test
        void canCallAnInstanceMethodButNoStaticOne() {
            assertThat(evaluate("#text.toUpperCase()")).isEqualTo("TEXT");
            assertRefused("#trap.spring()");
        }

        private void assertRefused(String expression) {
            touched.set(0);
            assertThat(catchThrowable(() -> evaluate(expression)))
                    .isInstanceOfAny(IllegalStateException.class, InvalidRateLimitException.class)
                    .hasMessageContaining("@RateLimited on Test#call")
                    .hasMessageContaining("key = \"" + expression + "\"");
            assertThat(touched).hasValue(0);
        }

        private Object evaluate(String expression) {
            return CallExpression.parse(
                            "@RateLimited on Test#call",
                            "key",
                            expression,
                            CALL,
                            CALL.getDeclaringClass(),
                            new CallScope(null, List.of()))
                    .evaluate(new TestCall(CALL, arguments));
        }
    }

    interface Arguments {

        void call(
                String text,
                User user,
                int number,
                List<String> list,
                Map<String, String> map,
                Class<?> type,
                ClassLoader loader,
                Trap trap);
    }

    @Nested
    class TextOfAUser {

        static class Api {

            @RateLimited(permits = 1, per = "1d", key = "#id")
            public void get(Object id) {}
        }

        @AutoClose
        private final Application application = new Application();

        private final Api api = application.start(Api.class).bean(Api.class);

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "#{T(java.lang.Runtime).getRuntime().exec('id')}",
                    "T(java.lang.Runtime).getRuntime()",
                    "' + T(java.lang.System).exit(1) + '",
                    "${user.home}",
                    "#id",
                    "#nosuch",
                    "not an expression (",
                    "a:b}{c|d\\e\0f\n",
                })
        void isAKeyLikeAnyOther(String text) {
            assertThat(allowedOf(9, () -> api.get(text))).isEqualTo(1);
            assertThat(allowedOf(9, () -> api.get(text + "'"))).isEqualTo(1);
        }

        @Test
        void isNotResolvedEither() {
            assertThat(allowedOf(9, () -> api.get("${user.home}"))).isEqualTo(1);
            assertThat(allowedOf(9, () -> api.get(System.getProperty("user.home"))))
                    .isEqualTo(1);
            assertThat(allowedOf(9, () -> api.get("'a' + 'b'"))).isEqualTo(1);
            assertThat(allowedOf(9, () -> api.get("ab"))).isEqualTo(1);
        }
    }
}
