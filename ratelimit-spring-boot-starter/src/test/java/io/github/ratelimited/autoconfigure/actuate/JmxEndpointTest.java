package io.github.ratelimited.autoconfigure.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimiterRegistry;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Map;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/** What an operator sees and does over JMX. */
class JmxEndpointTest {

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}

    @Test
    void isTheSameOverJmx() throws Exception {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        ObjectName endpoint = new ObjectName("org.springframework.boot.ratelimited:type=Endpoint,name=Ratelimits");
        try (ConfigurableApplicationContext application = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .properties(
                        "spring.jmx.enabled=true",
                        "management.endpoints.jmx.exposure.include=ratelimits",
                        "management.endpoints.jmx.domain=org.springframework.boot.ratelimited",
                        "ratelimit.limits.mail.permits=5",
                        "ratelimit.limits.mail.per=1m")
                .run()) {
            RateLimiterRegistry limits = application.getBean(RateLimiterRegistry.class);
            limits.get("mail").forKey("a").tryAcquire(5);
            String two = String.class.getName();
            Object key = server.invoke(endpoint, "limit", new Object[] {"mail", "a"}, new String[] {two, two});
            assertThat(((Map<?, ?>) key).get("remaining")).isEqualTo(0L);
            server.invoke(endpoint, "reset", new Object[] {"mail", "a"}, new String[] {two, two});
            assertThat(limits.get("mail").forKey("a").peek().remaining()).isEqualTo(5);
            String number = Long.class.getName();
            String[] signature = {two, number, two, number, two, two, two, number};
            Object changed = server.invoke(
                    endpoint, "change", new Object[] {"mail", 7L, null, null, "shadow", "2s", null, null}, signature);
            assertThat(((Map<?, ?>) changed).get("mode")).isEqualTo("shadow");
            assertThat(limits.get("mail").limit()).isEqualTo(Limit.of(7, Duration.ofMinutes(1)));
            assertThatException()
                    .isThrownBy(() -> server.invoke(
                            endpoint,
                            "change",
                            new Object[] {"mail", 0L, null, null, null, null, null, null},
                            signature))
                    .withStackTraceContaining("permits = 0 is not between 1 and");
            assertThat(String.valueOf(server.invoke(endpoint, "limits", new Object[0], new String[0])))
                    .contains("name=mail");
        }
    }
}
