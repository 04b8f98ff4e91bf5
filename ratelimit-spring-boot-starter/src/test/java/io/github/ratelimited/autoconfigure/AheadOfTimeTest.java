package io.github.ratelimited.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.aot.hint.predicate.RuntimeHintsPredicates.reflection;
import static org.springframework.aot.hint.predicate.RuntimeHintsPredicates.resource;

import io.github.ratelimited.RateLimited;
import io.github.ratelimited.autoconfigure.actuate.EndpointAutoConfiguration;
import io.github.ratelimited.autoconfigure.web.WebCall;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.TypeReference;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.runner.AbstractApplicationContextRunner;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.javapoet.ClassName;

/** Applications that are processed ahead of time, when they are built: neither Redis nor a database is there. */
class AheadOfTimeTest {

    @Test
    void withoutAStoreElsewhereIsProcessed() {
        assertThatIsProcessed(hints(new ApplicationContextRunner(), "ratelimit.store=memory"));
    }

    @Test
    void onServletsWithRedisIsProcessed() {
        RuntimeHints hints = hints(new WebApplicationContextRunner(), "ratelimit.store=redis");

        assertThatIsProcessed(hints);
        assertThat(resource().forResource("io/github/ratelimited/store/redis/bucket.lua"))
                .accepts(hints);
        assertThatExpressionsCanRead(hints, WebCall.class.getName(), WebCall.class.getPackageName() + ".ServletCall");
    }

    @Test
    void reactiveWithADatabaseIsProcessed() {
        RuntimeHints hints = hints(new ReactiveWebApplicationContextRunner(), "ratelimit.store=jdbc");

        assertThatIsProcessed(hints);
        assertThat(resource().forResource("io/github/ratelimited/store/jdbc/schema-h2.sql"))
                .accepts(hints);
        assertThatExpressionsCanRead(hints, WebCall.class.getName(), WebCall.class.getPackageName() + ".ExchangeCall");
    }

    @Test
    void theEndpointCanAnswer() {
        RuntimeHints hints =
                hints(new WebApplicationContextRunner(), "management.endpoints.web.exposure.include=ratelimits");

        String reports = EndpointAutoConfiguration.class.getPackageName() + ".LimitReports$";
        for (String record : List.of("Limits", "LimitReport", "KeyReport")) {
            assertThat(hints.reflection()
                            .getTypeHint(TypeReference.of(reports + record))
                            .methods())
                    .as(record)
                    .isNotEmpty();
        }
    }

    @Test
    void allPropertiesCanBeBound() {
        RuntimeHints hints = hints(new ApplicationContextRunner());

        assertThat(Stream.concat(
                                Stream.of(RateLimitProperties.class),
                                Arrays.stream(RateLimitProperties.class.getDeclaredClasses()))
                        .filter(Class::isRecord))
                .hasSizeGreaterThan(10)
                .allSatisfy(properties -> assertThatCanBeMade(hints, properties));
    }

    /** Its proxies are numbered: each of the applications here has one. */
    private static void assertThatIsProcessed(RuntimeHints hints) {
        assertThat(hints.reflection().typeHints())
                .anyMatch(hint -> hint.getType().getName().startsWith(Shop.class.getName() + "$$SpringCGLIB$$"));
    }

    private static void assertThatExpressionsCanRead(RuntimeHints hints, String... types) {
        for (String type : types) {
            assertThat(reflection()
                            .onType(TypeReference.of(type))
                            .withMemberCategory(MemberCategory.INVOKE_PUBLIC_METHODS))
                    .accepts(hints);
        }
    }

    @SuppressWarnings("removal") // Spring Framework 6.2 has no other
    private static void assertThatCanBeMade(RuntimeHints hints, Class<?> type) {
        assertThat(reflection().onConstructor(type.getDeclaredConstructors()[0]).invoke())
                .accepts(hints);
    }

    private static RuntimeHints hints(AbstractApplicationContextRunner<?, ?, ?> application, String... properties) {
        DefaultGenerationContext generated = new DefaultGenerationContext(
                new ClassNameGenerator(ClassName.get(AheadOfTimeTest.class)), new InMemoryGeneratedFiles());
        application
                .withUserConfiguration(Limited.class)
                .withPropertyValues(properties)
                .prepare(context -> new ApplicationContextAotGenerator()
                        .processAheadOfTime(
                                (GenericApplicationContext) context.getSourceApplicationContext(), generated));
        return generated.getRuntimeHints();
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Shop.class)
    static class Limited {

        @Bean
        DataSource dataSource() {
            throw new IllegalStateException("There is no database at build time");
        }

        @Bean
        LettuceConnectionFactory redis() {
            throw new IllegalStateException("There is no Redis at build time");
        }
    }

    static class Shop {

        @RateLimited(permits = 2, per = "1s")
        public String order() {
            return "ordered";
        }
    }
}
