package io.github.ratelimited.autoconfigure.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.AbstractApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.http.codec.ServerCodecConfigurer;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.handler.HandlerExceptionResolverComposite;

/** What is wrong in {@code ratelimit.web} stops the start, and says where and how to mend it. */
@ExtendWith(OutputCaptureExtension.class)
class RouteRulePropertiesTest {

    static Stream<AbstractApplicationContextRunner<?, ?, ?>> applications() {
        AutoConfigurations configurations = AutoConfigurations.of(
                RateLimitAutoConfiguration.class,
                ReactiveVariablesAutoConfiguration.class,
                ServletLimitsAutoConfiguration.class,
                ReactiveLimitsAutoConfiguration.class);
        return Stream.of(
                new WebApplicationContextRunner()
                        .withConfiguration(configurations)
                        .withBean(
                                "handlerExceptionResolver",
                                HandlerExceptionResolver.class,
                                HandlerExceptionResolverComposite::new),
                new ReactiveWebApplicationContextRunner()
                        .withConfiguration(configurations)
                        .withBean(ServerCodecConfigurer.class, ServerCodecConfigurer::create));
    }

    static List<String> wrong() {
        return List.of(
                "limit=login|ratelimit.web.rules[0]|it has no paths",
                "paths=/login|ratelimit.web.rules[0]|it has no limit",
                "paths=/login,limit=lgoin|ratelimit.web.rules[0]|there is no limit 'lgoin'|name one of [by-user, login, open]",
                "paths=/login,limit=open|ratelimit.web.rules[0]|the limit 'open' has no permits",
                "paths=/login,limit=by-user|ratelimit.web.rules[0]|it has no key, and the key of limit 'by-user' is for methods"
                        + "|write a key in the rule, say client-ip",
                "paths=/{login,limit=login|ratelimit.web.rules[0]|'/{login' is not a path pattern",
                "paths=/{id:[9-0]+},limit=login|ratelimit.web.rules[0]|'/{id:[9-0]+}' is not a path pattern",
                "paths=/login,limit=login,methods=PO ST|ratelimit.web.rules[0]|'PO ST' is not a method",
                "paths=/login,limit=login,key=header:|ratelimit.web.rules[0]|key = 'header:' names none",
                "paths=/login,limit=login,key=cookie:a b|ratelimit.web.rules[0]|key = 'cookie:a b' names none",
                "paths=/login,limit=login,key=clientIp +|ratelimit.web.rules[0]|is not a SpEL expression",
                "paths=/login,limit=login,key=1e|ratelimit.web.rules[0]|key = '1e' is not a SpEL expression",
                "paths=/login,limit=login,key=1 ==|ratelimit.web.rules[0]|key = '1 ==' is not a SpEL expression",
                "paths=/login,limit=login,key=T(java.lang.Runtime)|ratelimit.web.rules[0]|which a rule does not have",
                "paths=/login,limit=login,key=new int[]|ratelimit.web.rules[0]|refers to new int, which a rule does not have",
                "paths=/login,limit=login,key=#user|ratelimit.web.rules[0]|refers to #user",
                "paths=/login,limit=login,condition=new String()|ratelimit.web.rules[0]|which a rule does not have",
                "paths=/login,limit=login,key=principal,order=before-security|ratelimit.web.rules[0]|whom nobody knows before",
                "paths=/login,limit=login,key=#principal ?: clientIp,order=before-security|ratelimit.web.rules[0]|after-security",
                "paths=/login,limit=login,condition=principal == null,order=before-security|ratelimit.web.rules[0]|after-security",
                "paths=/login,limit=login,key=#root.getPrincipal(),order=before-security|ratelimit.web.rules[0]|after-security",
                "paths=/login,limit=login,key=#root['principal'],order=before-security|ratelimit.web.rules[0]|after-security",
                "paths=/login,limit=login,key=Principal,order=before-security|ratelimit.web.rules[0]|after-security",
                "paths=/login,limit=login,count-when=4x|ratelimit.web.rules[0]|count-when = '4x' is no status",
                "paths=/login,limit=login,count-when=600|ratelimit.web.rules[0]|count-when = '600' is no status");
    }

    static Stream<Arguments> wrongInEachApplication() {
        return wrong().stream().flatMap(each -> applications().map(application -> Arguments.of(each, application)));
    }

    @ParameterizedTest
    @MethodSource("wrongInEachApplication")
    void aRuleThatCannotBeMeantStopsTheStart(String wrong, AbstractApplicationContextRunner<?, ?, ?> application) {
        List<String> parts = Pattern.compile("\\|").splitAsStream(wrong).toList();
        String[] properties = Pattern.compile(",")
                .splitAsStream(parts.get(0))
                .map(property -> "ratelimit.web.rules[0]." + property)
                .toArray(String[]::new);
        application
                .withPropertyValues(
                        "ratelimit.limits.login.permits=5",
                        "ratelimit.limits.open.per=1s",
                        "ratelimit.limits.by-user.permits=5",
                        "ratelimit.limits.by-user.key=#user")
                .withPropertyValues(properties)
                .run(context -> {
                    assertThat(context).hasFailed();
                    assertThat(context.getStartupFailure()).rootCause().isInstanceOf(InvalidRateLimitException.class);
                    for (String said : parts.subList(1, parts.size())) {
                        assertThat(context.getStartupFailure()).rootCause().hasMessageContaining(said);
                    }
                });
    }

    @ParameterizedTest
    @CsvSource({
        "ratelimit.web.deny[0]=10.0.0.0/40, ratelimit.web.deny[0]",
        "ratelimit.web.allow[0]=nobody, ratelimit.web.allow[0]",
        "ratelimit.web.trusted-proxies[0]=10.0.0.300, ratelimit.web.trusted-proxies[0]",
        "ratelimit.web.ipv6-prefix=0, ipv6-prefix = 0",
    })
    void anAddressThatIsNoneStopsTheStart(String property, String said) {
        applications()
                .forEach(application -> application.withPropertyValues(property).run(context -> {
                    assertThat(context).hasFailed();
                    assertThat(context.getStartupFailure()).rootCause().hasMessageContaining(said);
                }));
    }

    /** Of its own, which is for requests. */
    @Test
    void aRuleWithAKeyCanNameALimitWhoseKeyIsForMethods() {
        applications()
                .forEach(application -> application
                        .withPropertyValues(BY_CLIENT)
                        .withPropertyValues("ratelimit.limits.login.key=#user")
                        .run(context -> assertThat(context).hasNotFailed()));
    }

    private static final String[] BY_CLIENT = {
        "ratelimit.limits.login.permits=5",
        "ratelimit.web.rules[0].paths=/login",
        "ratelimit.web.rules[0].limit=login",
        "ratelimit.web.rules[0].key=client-ip"
    };

    /** Reactor Netty and Spring's own filter believe whoever has connected. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "server.forward-headers-strategy=native",
                "server.forward-headers-strategy=FRAMEWORK",
                "spring.main.cloud-platform=kubernetes"
            })
    void aReactiveApplicationThatBelievesWhoeverHasConnectedCannotTellClients(String property) {
        AbstractApplicationContextRunner<?, ?, ?> reactive =
                applications().skip(1).findFirst().orElseThrow();
        reactive.withPropertyValues(BY_CLIENT).withPropertyValues(property).run(context -> {
            assertThat(context).hasFailed();
            assertThat(context.getStartupFailure())
                    .rootCause()
                    .isInstanceOf(InvalidRateLimitException.class)
                    .hasMessageContaining("set server.forward-headers-strategy: none");
        });
        reactive.withPropertyValues(property).run(context -> assertThat(context).hasNotFailed());
        reactive.withPropertyValues(BY_CLIENT)
                .withPropertyValues(property, "server.forward-headers-strategy=none")
                .run(context -> assertThat(context).hasNotFailed());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ratelimit.web.rules[0].condition=clientIp != '10.1.2.3'",
                "ratelimit.web.rules[0].key=header('X') + #clientIp",
                "ratelimit.limits.login.key=#clientIp"
            })
    void whereverClientsAreToldByTheirAddressesItIsSeen(String property) {
        AbstractApplicationContextRunner<?, ?, ?> reactive =
                applications().skip(1).findFirst().orElseThrow();
        reactive.withPropertyValues(
                        "ratelimit.limits.login.permits=5",
                        "ratelimit.web.rules[0].paths=/login",
                        "ratelimit.web.rules[0].limit=login",
                        "ratelimit.web.rules[0].key=principal",
                        "server.forward-headers-strategy=native",
                        property)
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessageContaining("set server.forward-headers-strategy: none"));
    }

    @Test
    void aServerThatDecidesWhoTheClientIsIsWarnedOf(CapturedOutput output) {
        AbstractApplicationContextRunner<?, ?, ?> servlet =
                applications().findFirst().orElseThrow();
        servlet.withPropertyValues(BY_CLIENT)
                .withPropertyValues("server.forward-headers-strategy=framework")
                .run(context -> assertThat(output).doesNotContain("forwarded headers"));
        servlet.withPropertyValues(BY_CLIENT)
                .withPropertyValues("server.forward-headers-strategy=native")
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(output)
                            .contains("or set server.forward-headers-strategy: none")
                            .doesNotContain("limit nothing");
                });
    }
}
