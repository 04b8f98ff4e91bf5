package io.github.ratelimited.aop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.lang.management.ManagementFactory;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.support.StaticListableBeanFactory;

/** What an expression can say of a call. */
class CallExpressionTest {

    public record Item(String name, int price) {}

    public record Document(@Nullable Account owner) {}

    public static class Account {

        private final String id;

        Account(String id) {
            this.id = id;
        }

        public String getId() {
            return id;
        }
    }

    public static class Tenants {

        public String of(String id) {
            return "tenant of " + id;
        }

        public boolean known(String id) {
            throw new IllegalArgumentException("no tenant " + id);
        }

        public int getCount() {
            return 3;
        }
    }

    public static class Registry {

        private int asked;
        private boolean isGone;

        public String of(String id) {
            asked++;
            if (isGone) {
                throw new IllegalStateException("gone");
            }
            return id;
        }
    }

    interface Shop {

        void buy(String id, Account account, List<Item> items, Map<String, Integer> prices, String[] tags, long total);

        void any(@Nullable Object value);
    }

    private static final Method BUY = method("buy");
    private static final Method ANY = method("any");

    private final AtomicInteger asked = new AtomicInteger();
    private final StaticListableBeanFactory beans = new StaticListableBeanFactory();
    private final Map<String, Supplier<@Nullable Object>> variables = new HashMap<>();

    private @Nullable Object ofPurchase(String expression) {
        return parsed(expression, BUY).evaluate(purchase());
    }

    private TestCall purchase() {
        return new TestCall(
                BUY,
                "ann",
                new Account("a1"),
                List.of(new Item("pen", 2), new Item("ink", 9), new Item("paper", 5)),
                Map.of("pen", 2, "ann", 7),
                new String[] {"new", "gift"},
                16L);
    }

    private CallExpression parsed(String expression, Method method) {
        return CallExpression.parse(
                "here",
                "key",
                expression,
                method,
                method.getDeclaringClass(),
                new CallScope(beans, List.of(() -> variables)));
    }

    private static Method method(String name) {
        return Arrays.stream(Shop.class.getDeclaredMethods())
                .filter(method -> method.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Nested
    class TheCall {

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "#id                                    | ann",
                    "#p0                                    | ann",
                    "#a0                                    | ann",
                    "#p5                                    | 16",
                    "#total + 1                             | 17",
                    "#account.id                            | a1",
                    "#account.getId()                       | a1",
                    "#p1.id + '/' + #id.length()            | a1/3",
                    "#id.substring(1).toUpperCase()         | NN",
                    "#method.name                           | buy",
                    "#method.parameterCount                 | 6",
                    "#id matches 'a.*' ? 'short' : 'long'   | short",
                    "#prices['nosuch'] ?: #id               | ann",
                    "#total between {1, 20} and not false   | true",
                })
        void isReadByNameAndByPosition(String expression, String value) {
            assertThat(ofPurchase(expression)).hasToString(value);
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "#items[1].name                         | ink",
                    "#items.size()                          | 3",
                    "#tags[0]                               | new",
                    "#tags.length                           | 2",
                    "#prices['pen']                         | 2",
                    "#prices[pen]                           | 2",
                    "#prices[#id]                           | 7",
                    "#prices[#items[0].name]                | 2",
                    "{#id, #total}                          | [ann, 16]",
                    "{who: #id, 'what': #total}             | {who=ann, what=16}",
                })
        void isReadInListsArraysAndMaps(String expression, String value) {
            assertThat(ofPurchase(expression)).hasToString(value);
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "#items.![name]                                   | [pen, ink, paper]",
                    "#items.![#this.name]                             | [pen, ink, paper]",
                    "#items.![name + '!']                             | [pen!, ink!, paper!]",
                    "#items.![name.toUpperCase()]                     | [PEN, INK, PAPER]",
                    "#items.![price * #total]                         | [32, 144, 80]",
                    "#items.?[price > 2].size()                       | 2",
                    "#items.?[#this.price > 2].![name]                | [ink, paper]",
                    "#items.?[price > #prices['pen'] and name != 'ink'].![name] | [paper]",
                    "#items.^[price > 2].name                         | ink",
                    "#items.$[price > 2].name                         | paper",
                    "#items.?[!name.startsWith('p')].![name]          | [ink]",
                    "#items.?[#prices.containsKey(name)].![price]     | [2]",
                    "#prices.?[value > 2].size()                      | 1",
                    "{1, 2, 3}.?[#this > 1]                           | [2, 3]",
                })
        void isSearchedBySelectionAndProjection(String expression, String value) {
            assertThat(ofPurchase(expression)).hasToString(value);
        }
    }

    @Nested
    class ABean {

        @Test
        void isAskedByItsName() {
            beans.addBean("tenants", new Tenants());
            beans.addBean("the.tenants", new Tenants());

            assertThat(ofPurchase("@tenants.of(#id)")).isEqualTo("tenant of ann");
            assertThat(ofPurchase("@tenants.of(#account.id) + @tenants.count")).isEqualTo("tenant of a13");
            assertThat(ofPurchase("@'the.tenants'.of(#p0)")).isEqualTo("tenant of ann");
        }
    }

    @Nested
    class AVariable {

        @Test
        void isWhatTheApplicationAdds() {
            variables.put("principal", () -> "bob");

            assertThat(ofPurchase("#principal")).isEqualTo("bob");
            assertThat(ofPurchase("#principal + #id")).isEqualTo("bobann");
        }

        @Test
        void mayBeNothing() {
            variables.put("principal", () -> null);

            assertThat(ofPurchase("#principal")).isNull();
            assertThat(ofPurchase("#principal ?: #id")).isEqualTo("ann");
        }

        @Test
        void givesWayToAnArgumentOfItsName() {
            variables.put("id", () -> "the application's");

            assertThat(ofPurchase("#id")).isEqualTo("ann");
            assertThat(ofPurchase("#id + ''")).isEqualTo("ann");
        }

        @Test
        void isAskedForOnlyWhenItIsNeededAndAnewForEachCall() {
            variables.put("count", asked::incrementAndGet);
            CallExpression perhaps = parsed("#total > 100 ? #count : #id", BUY);
            CallExpression always = parsed("#count", BUY);

            assertThat(perhaps.evaluate(purchase())).isEqualTo("ann");
            assertThat(asked).hasValue(0);
            assertThat(always.evaluate(purchase())).isEqualTo(1);
            assertThat(always.evaluate(purchase())).isEqualTo(2);
        }

        @Test
        void isAskedForOnceACallWhereAPathBeginsWithIt() {
            variables.put("count", asked::incrementAndGet);
            CallExpression path = parsed("#count.toString()", BUY);

            assertThat(path.evaluate(purchase())).isEqualTo("1");
            assertThat(path.evaluate(purchase())).isEqualTo("2");
        }
    }

    @Nested
    class TheResult {

        @Test
        void isConvertedToWhatIsWanted() {
            assertThat(parsed("#value", ANY).evaluate(new TestCall(ANY, "12"), Long.class))
                    .isEqualTo(12);
            assertThat(parsed("#value", ANY).evaluate(new TestCall(ANY, 12), Long.class))
                    .isEqualTo(12);
            assertThat(parsed("#value", ANY).evaluate(new TestCall(ANY, "yes"), Boolean.class))
                    .isTrue();
            assertThat(parsed("#value", ANY).evaluate(new TestCall(ANY, TimeUnit.DAYS), String.class))
                    .isEqualTo("DAYS");
            assertThat(parsed("#value", ANY).evaluate(new TestCall(ANY, (Object) null), Long.class))
                    .isNull();
        }

        @Test
        void isNothingWhenItIsAPropertyOfNothing() {
            assertThat(parsed("#value.id", ANY).evaluate(new TestCall(ANY, (Object) null)))
                    .isNull();
            assertThat(parsed("#value.getId().length()", ANY).evaluate(new TestCall(ANY, (Object) null)))
                    .isNull();
        }

        @Test
        void isAFailureNamingThePlaceWhenThereIsNone() {
            assertThatIllegalStateException()
                    .isThrownBy(() -> parsed("#value.id", ANY).evaluate(new TestCall(ANY, 1)))
                    .withMessageStartingWith("here, key = \"#value.id\" failed: ")
                    .withMessageContaining("'id' cannot be found on object of type 'java.lang.Integer'");
            assertThatIllegalStateException()
                    .isThrownBy(() -> parsed("#value", ANY).evaluate(new TestCall(ANY, "x"), Boolean.class))
                    .withMessageStartingWith("here, key = \"#value\" failed: ");
            assertThatIllegalStateException()
                    .isThrownBy(() -> parsed("7 / #value", ANY).evaluate(new TestCall(ANY, 0)))
                    .withMessage("here, key = \"7 / #value\" failed: / by zero");
            assertThatIllegalStateException()
                    .isThrownBy(() -> parsed("7 % #value", ANY).evaluate(new TestCall(ANY, 0), Number.class))
                    .withMessage("here, key = \"7 % #value\" failed: / by zero");
        }
    }

    /** All of the chain may be in a log: what a user wrote is not to be there. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "#value",
                "'x' matches #value",
                "'x'.substring(#value)",
                "@tenants.known(#value)",
            })
    void aFailureQuotesNoArgument(String expression) {
        beans.addBean("tenants", new Tenants());
        CallExpression parsed = parsed(expression, ANY);

        IllegalStateException failure = catchThrowableOfType(
                IllegalStateException.class, () -> parsed.evaluate(new TestCall(ANY, "(secret"), Boolean.class));

        assertThat(failure).hasMessageStartingWith("here, key = \"" + expression + "\" failed: ");
        for (Throwable each = failure; each != null; each = each.getCause()) {
            assertThat(each.toString()).doesNotContain("secret");
        }
    }

    /** SpEL compiles an expression after some hundred calls. */
    @Nested
    class UsedOften {

        private static final int CALLS = 300;

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "#id",
                    "#id + ''",
                    "#account.id",
                    "#account.getId() + #total",
                    "#items[1].name",
                    "#prices['pen']",
                    "#prices[#id]",
                    "#tags[0]",
                    "#total > 3 ? #id : #account.id",
                    "#method.name",
                    "@tenants.of(#id)",
                    "#principal",
                    "#items.?[price > 2].size()",
                    "#items.![name + '!']",
                })
        void isWhatItWasAtFirst(String expression) {
            beans.addBean("tenants", new Tenants());
            variables.put("principal", () -> "bob");
            CallExpression parsed = parsed(expression, BUY);
            Object first = parsed.evaluate(purchase());
            assertThat(first).isNotNull();

            for (int i = 0; i < CALLS; i++) {
                assertThat(parsed.evaluate(purchase())).isEqualTo(first);
            }
        }

        @Test
        void followsTheArgumentsWhateverTheirTypes() {
            CallExpression constant = parsed("#value", ANY);
            CallExpression property = parsed("#value.id", ANY);
            CallExpression text = parsed("'' + #value", ANY);

            for (int i = 0; i < CALLS; i++) {
                assertOneOf(i, constant, property, text, new Account("a" + i), "a" + i);
            }
            assertThat(property.evaluate(new TestCall(ANY, (Object) null))).isNull();
            assertThat(property.evaluate(new TestCall(ANY, new Other(7)))).isEqualTo(7);
            assertThat(property.evaluate(new TestCall(ANY, new Account("b")))).isEqualTo("b");
            assertThat(text.evaluate(new TestCall(ANY, 1.5))).isEqualTo("1.5");
            assertThat(text.evaluate(new TestCall(ANY, "x"))).isEqualTo("x");
            assertThat(text.evaluate(new TestCall(ANY, true))).isEqualTo("true");
        }

        @Test
        void staysCompiledWhenNobodyIsThere() {
            CallExpression id = parsed("#value.id", ANY);
            assertThat(classesLoadedBy(i -> {
                        Account caller = i % CALLS == 0 ? null : new Account("a");
                        assertThat(id.evaluate(new TestCall(ANY, caller))).isEqualTo(caller == null ? null : "a");
                    }))
                    .isLessThan(150);
        }

        @Test
        void staysCompiledWhenAPathLeadsNowhere() {
            CallExpression id = parsed("#value.owner.id", ANY);
            assertThat(classesLoadedBy(i -> {
                        Document document = new Document(i % CALLS == 0 ? null : new Account("a"));
                        assertThat(id.evaluate(new TestCall(ANY, document)))
                                .isEqualTo(document.owner() == null ? null : "a");
                    }))
                    .isLessThan(150);
        }

        /** Each time that an expression is compiled makes one. */
        private static long classesLoadedBy(IntConsumer call) {
            for (int i = 0; i < 2 * CALLS; i++) {
                call.accept(i); // which loads what the test itself needs, too
            }
            long before = ManagementFactory.getClassLoadingMXBean().getTotalLoadedClassCount();
            for (int i = 0; i < 200 * CALLS; i++) {
                call.accept(i);
            }
            return ManagementFactory.getClassLoadingMXBean().getTotalLoadedClassCount() - before;
        }

        private void assertOneOf(
                int i,
                CallExpression constant,
                CallExpression property,
                CallExpression text,
                Account value,
                String id) {
            assertThat(constant.evaluate(new TestCall(ANY, value))).isSameAs(value);
            assertThat(property.evaluate(new TestCall(ANY, value))).isEqualTo(id);
            assertThat(text.evaluate(new TestCall(ANY, i))).isEqualTo(Integer.toString(i));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "@registry.of(#id)",
                    "'t-' + @registry.of(#id)",
                    "#id.concat(@registry.of(#id))",
                    "#prices[@registry.of(#id)]",
                    "#total > 3 ? @registry.of(#id) : #id",
                })
        void asksABeanThatFailsOnce(String expression) {
            Registry registry = new Registry();
            beans.addBean("registry", registry);
            CallExpression parsed = parsed(expression, BUY);
            for (int i = 0; i < CALLS; i++) {
                assertThat(parsed.evaluate(purchase())).isNotNull();
            }

            registry.isGone = true;

            assertThatIllegalStateException().isThrownBy(() -> parsed.evaluate(purchase()));
            assertThat(registry.asked).isEqualTo(CALLS + 1);
        }

        @Test
        void isConvertedAsAtFirst() {
            CallExpression cost = parsed("#value", ANY);

            for (int i = 1; i < CALLS; i++) {
                assertThat(cost.evaluate(new TestCall(ANY, i), Long.class)).isEqualTo(i);
                assertThat(cost.evaluate(new TestCall(ANY, Integer.toString(i)), Long.class))
                        .isEqualTo(i);
            }
        }
    }

    public record Other(int id) {}
}
