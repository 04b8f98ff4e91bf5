package io.github.ratelimited.aop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.aot.hint.predicate.RuntimeHintsPredicates.proxies;
import static org.springframework.aot.hint.predicate.RuntimeHintsPredicates.reflection;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.RateLimits;
import java.lang.reflect.Method;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.aop.SpringProxy;
import org.springframework.aop.framework.Advised;
import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.aot.hint.FieldHint;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.TypeReference;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.core.DecoratingProxy;
import org.springframework.javapoet.ClassName;

/** What a native image is told of an application that is processed ahead of time. */
class LimitedBeanHintsTest {

    private static RuntimeHints hints;

    @BeforeAll
    static void processAheadOfTime() {
        DefaultGenerationContext generated = new DefaultGenerationContext(
                new ClassNameGenerator(ClassName.get(LimitedBeanHintsTest.class)), new InMemoryGeneratedFiles());
        try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
            context.register(Limiting.class);
            new ApplicationContextAotGenerator().processAheadOfTime(context, generated);
        }
        hints = generated.getRuntimeHints();
    }

    @Test
    void theAnnotationsCanBeReadWithTheirAliases() {
        assertThat(proxies().forInterfaces(RateLimited.class)).accepts(hints);
        assertThat(reflection().onType(RateLimited.class).withMemberCategory(MemberCategory.INVOKE_DECLARED_METHODS))
                .accepts(hints);
        assertThat(reflection().onType(RateLimits.class).withMemberCategory(MemberCategory.INVOKE_DECLARED_METHODS))
                .accepts(hints);
    }

    @Test
    void theProxyOfABeanIsMadeAtBuildTime() {
        assertThat(reflection().onType(proxyOf(Shop.class))).accepts(hints);
        assertThat(reflection().onType(proxyOf(Legacy.class))).accepts(hints);
        assertThat(reflection().onType(proxyOf(Tenants.class))).rejects(hints);
    }

    @Test
    void theProxyOfAClientThatAFactoryMakesCanBeMade() {
        assertThat(proxies().forInterfaces(Client.class, SpringProxy.class, Advised.class, DecoratingProxy.class))
                .accepts(hints);
    }

    @Test
    void limitedMethodsAndTheirFallbacksCanBeCalled() {
        assertInvocable(Shop.class, "order");
        assertInvocable(Shop.class, "later");
        assertInvocable(Client.class, "fetch");
        assertInvocable(Client.class, "none");
    }

    @Test
    void theAnnotationOfAnInterfaceIsFoundFromItsClass() {
        assertInvocable(Sender.class, "send");
        assertInvocable(MailSender.class, "send");
    }

    @Test
    void expressionsCanReadArguments() {
        assertInvocable(User.class, "id");
    }

    @Test
    void expressionsCanReadArgumentsWhoseTypeASuperclassLeavesOpen() {
        assertInvocable(Item.class, "getName");
        assertThat(hints.reflection().getTypeHint(Item.class).fields())
                .extracting(FieldHint::getName)
                .containsExactly("size");
    }

    @Test
    void expressionsCanReadArgumentsOfMethodsThatAreLimitedByAPointcut() {
        assertInvocable(Letter.class, "address");
    }

    @Test
    void expressionsCanReadTheMethod() {
        assertInvocable(Method.class, "getName");
    }

    @Test
    void expressionsCanCallTheBeansThatTheyName() {
        assertInvocable(Tenants.class, "of");
    }

    @Test
    void nothingIsToldOfMethodsWithoutALimit() {
        assertThat(reflection().onType(Untouched.class)).rejects(hints);
    }

    @SuppressWarnings("removal") // Spring Framework 6.2 has no other
    private static void assertInvocable(Class<?> type, String method) {
        assertThat(reflection().onMethod(type, method).invoke()).accepts(hints);
    }

    private static TypeReference proxyOf(Class<?> type) {
        return TypeReference.of(type.getName() + "$$SpringCGLIB$$0");
    }

    @Configuration(proxyBeanMethods = false)
    @Import({Shop.class, ItemStore.class, MailSender.class, ClientFactory.class, Legacy.class})
    static class Limiting {

        @Bean
        static RateLimitedPostProcessor postProcessor() {
            RateLimitedPostProcessor postProcessor = new RateLimitedPostProcessor(
                    () -> {
                        throw new IllegalStateException("Plans open the store, which is not there at build time");
                    },
                    new PointcutLimits(Map.of("legacy", "within(" + Legacy.class.getName() + ")")),
                    false);
            postProcessor.setProxyTargetClass(true);
            return postProcessor;
        }

        @Bean
        Tenants tenants() {
            return new Tenants();
        }
    }

    record User(String id) {}

    record Letter(String address) {}

    record Untouched(String id) {}

    static class Item {

        public int size;

        public String getName() {
            return "";
        }
    }

    static class Shop {

        @RateLimited(permits = 1, key = "#user.id", fallback = "later")
        public String order(User user) {
            return "ordered";
        }

        @SuppressWarnings({"UnusedMethod", "UnusedVariable"})
        private String later(User user, RateLimitExceededException denial) {
            return "later";
        }

        @RateLimited(permits = 1, condition = "@tenants.of(#p0) != 'me@example.com'")
        public void call(String id) {}

        public void look(Untouched id) {}
    }

    abstract static class Store<T> {

        @RateLimited(permits = 1, key = "#p0.name")
        public void store(T item) {}
    }

    static class ItemStore extends Store<Item> {}

    interface Sender {

        @RateLimited(permits = 1)
        void send(String mail);
    }

    static class MailSender implements Sender {

        @Override
        public void send(String mail) {}
    }

    static class Legacy {

        public void send(Letter letter) {}
    }

    static class Tenants {

        public String of(String id) {
            return id;
        }
    }

    interface Client {

        @RateLimited(permits = 1, fallback = "none")
        String fetch(Letter letter);

        default String none(Letter letter) {
            return "";
        }
    }

    static class ClientFactory implements FactoryBean<Client> {

        @Override
        public Client getObject() {
            throw new IllegalStateException("Nobody is called at build time");
        }

        @Override
        public Class<?> getObjectType() {
            return Client.class;
        }
    }
}
