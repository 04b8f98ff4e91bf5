package io.github.ratelimited.aop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import io.github.ratelimited.InvalidRateLimitException;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.support.StaticListableBeanFactory;

/** An expression is refused when it is read, if it could only fail when a call is made. */
class ExpressionCheckTest {

    interface Shop {

        void buy(String id, List<String> items);
    }

    private static final Method BUY = Shop.class.getDeclaredMethods()[0];
    private static final String KNOWN = "known are [#id, #items, #p0, #a0, #p1, #a1, #method, #clientIp, #principal]";
    private static final String BUY_PARAMETERS = "[java.lang.String id, java.util.List<java.lang.String> items]";

    private final StaticListableBeanFactory beans = new StaticListableBeanFactory(Map.of("tenants", "x"));
    private final CallVariables variables = () -> Map.of("principal", () -> "ann", "clientIp", () -> "127.0.0.1");

    private void parse(String expression) {
        CallExpression.parse(
                "here", "key", expression, BUY, BUY.getDeclaringClass(), new CallScope(beans, List.of(variables)));
    }

    private void assertRefused(String expression, String problem, String fix) {
        assertThatExceptionOfType(InvalidRateLimitException.class)
                .isThrownBy(() -> parse(expression))
                .withMessage("here: key = \"" + expression + "\" " + problem + "; " + fix)
                .satisfies(refused -> assertThat(refused.getPlace()).isEqualTo("here"));
    }

    @Nested
    class AParameterCalledRoot {

        interface Tree {

            void delete(String root);
        }

        private void parseForTree(String expression) {
            Method delete = Tree.class.getDeclaredMethods()[0];
            CallExpression.parse("here", "key", expression, delete, Tree.class, new CallScope(beans, List.of()));
        }

        @ParameterizedTest
        @ValueSource(strings = {"#root.length()", "'a' + #root", "{1, 2}.?[#root != null]"})
        void isReadByItsPosition(String expression) {
            assertThatExceptionOfType(InvalidRateLimitException.class)
                    .isThrownBy(() -> parseForTree(expression))
                    .withMessage("here: key = \"" + expression + "\" refers to #root, by which SpEL means something of"
                            + " its own; refer to the parameter by its position: #p0");
        }

        @ParameterizedTest
        @ValueSource(strings = {"#root", "#p0.length()", "#a0"})
        void orByItselfAlone(String expression) {
            assertThatNoException().isThrownBy(() -> parseForTree(expression));
        }
    }

    @Nested
    class AVariableOfTheApplicationCalledRoot {

        @ParameterizedTest
        @ValueSource(strings = {"#root", "#root.length()", "'a' + #root"})
        void mustHaveAnotherName(String expression) {
            CallScope scope = new CallScope(beans, List.of(() -> Map.of("root", () -> "ann")));

            assertThatExceptionOfType(InvalidRateLimitException.class)
                    .isThrownBy(
                            () -> CallExpression.parse("here", "key", expression, BUY, BUY.getDeclaringClass(), scope))
                    .withMessage("here: key = \"" + expression + "\" refers to #root, by which SpEL means something of"
                            + " its own; give the application's variable another name");
        }
    }

    @Nested
    class ANameWithoutASign {

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '"',
                value = {
                    "id                          | id",
                    "id.length()                 | id",
                    "'a' + id                    | id",
                    "length()                    | length()",
                    "{#id, items}                | items",
                    "#id.concat(items)           | items",
                    "#id == null ? items : #id   | items",
                    "#items.contains(id)         | id",
                    "{a: id}                     | id",
                    "@tenants.concat(id)         | id",
                    "!id                         | id",
                    "name.?[#this > 1]           | name",
                })
        void isAPropertyOfNothing(String expression, String name) {
            assertRefused(
                    expression,
                    "refers to " + name + ", which is a property of nothing",
                    "write # before the name of an argument; " + KNOWN);
        }
    }

    @Nested
    class AVariable {

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "#nosuch                     | nosuch",
                    "#root                       | root",
                    "#this                       | this",
                    "#p2                         | p2",
                    "#id + #ID                   | ID",
                    "#id.concat(#usr)            | usr",
                    "#id.concat(#this)           | this",
                    "#items[#index]              | index",
                    "#items.?[#this != #ohter]   | ohter",
                    "#items.![#root]             | root",
                    "{a: #nosuch}                | nosuch",
                    "{#nosuch: 1}                | nosuch",
                })
        void mustBeAParameterOrOneThatTheApplicationAdds(String expression, String name) {
            assertRefused(expression, "refers to #" + name + ", which is no parameter of " + BUY_PARAMETERS, KNOWN);
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "#foo(#id)                   | foo",
                    "#foo()                      | foo",
                    "#items.![#foo(#this)]       | foo",
                })
        void isNoFunction(String expression, String name) {
            assertRefused(expression, "refers to #" + name + ", which is no parameter of " + BUY_PARAMETERS, KNOWN);
        }
    }

    @Nested
    class ABean {

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '"',
                value = {
                    "@tennants                   | @tennants",
                    "@tennants.of(#id)           | @tennants",
                    "#id.concat(@tennants)       | @tennants",
                    "@'my.tennants'.id           | @'my.tennants'",
                    "{a: @tennants}              | @tennants",
                })
        void mustExist(String expression, String bean) {
            assertRefused(expression, "refers to " + bean + ", but there is no such bean", "give the name of a bean");
        }

        @Test
        void mayBeNamedInQuotes() {
            assertThatNoException().isThrownBy(() -> parse("@'tenants'"));
        }
    }

    @Nested
    class WhatAnExpressionMayNotDo {

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '"',
                value = {
                    "T(java.lang.Runtime).getRuntime()   | T(java.lang.Runtime)",
                    "#id instanceof T(String)            | T(String)",
                    "new java.io.File('/')               | new java.io.File",
                    "new int[2]                          | new int",
                    "new int[] {1, 2}                    | new int",
                    "#id = new String[] {'a'}            | new String",
                    "#id.concat(new String[] {'a'})      | new String",
                    "#id = 'bob'                         | #id='bob'",
                    "#items[0] = 'bob'                   | #items[0]='bob'",
                    "#id++                               | #id++",
                    "--#id                               | --#id",
                    "#items.![T(Runtime)]                | T(Runtime)",
                    "#items.?[#this == new String('a')]  | new String",
                    "{a: T(Runtime)}                     | T(Runtime)",
                    "#id.concat(T(Runtime).name)         | T(Runtime)",
                })
        void isToNameTypesMakeObjectsOrAssign(String expression, String part) {
            assertThatExceptionOfType(InvalidRateLimitException.class)
                    .isThrownBy(() -> parse(expression))
                    .withMessage("here: key = \"" + expression + "\" uses " + part
                            + ", but expressions can neither name types, make objects nor assign; "
                            + "use the call's arguments and their properties, or a method of a bean");
        }
    }

    @Nested
    class ATextThatIsNoExpression {

        @ParameterizedTest
        @ValueSource(strings = {"#id +", "#id.length(", "'a", "#{#id}", "#", "#id #items", "a b", "1=", "1e", " "})
        void isRefused(String text) {
            assertThatExceptionOfType(InvalidRateLimitException.class)
                    .isThrownBy(() -> parse(text))
                    .withMessageStartingWith("here: key = \"" + text + "\" is not a SpEL expression (")
                    .withMessageEndingWith("); write for example #id, #user.id or #p0");
        }
    }

    @Nested
    class WhatWorks {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "#id",
                    "#p1",
                    "#a0",
                    "#principal",
                    "#clientIp + #method.name",
                    "@tenants.concat(#id)",
                    "&tenants",
                    "#items.![length()]",
                    "#items.?[length() > 3 and #this != #id]",
                    "#items.![{a: #this, b: length()}]",
                    "{a: #id, 'b': {#items}}",
                    "#items?.size()",
                    "#method.declaringClass.simpleName",
                    "'a literal'",
                    "1 + 1",
                })
        void isLetIn(String expression) {
            assertThatNoException().isThrownBy(() -> parse(expression));
        }
    }
}
