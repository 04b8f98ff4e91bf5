package io.github.ratelimited.autoconfigure.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.autoconfigure.RateLimitProperties.Web.Headers;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** What {@code ratelimit.web.headers} makes of an answer, from a Tomcat. */
class HeaderStyleTest {

    private static HttpHeaders fieldsOfADenial(Headers style) throws Exception {
        try (ConfigurableApplicationContext application = new SpringApplicationBuilder(TomcatEdgeTest.Application.class)
                .web(WebApplicationType.SERVLET)
                .properties(EdgeContract.PROPERTIES.toArray(String[]::new))
                .properties("server.port=0", "ratelimit.web.headers=" + style)
                .run()) {
            URI uri = URI.create("http://127.0.0.1:"
                    + application.getEnvironment().getRequiredProperty("local.server.port") + "/both");
            HttpClient http = HttpClient.newHttpClient();
            http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding());
            HttpResponse<Void> denied = http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding());
            assertThat(denied.statusCode()).isEqualTo(429);
            return denied.headers();
        }
    }

    @ParameterizedTest
    @EnumSource
    void itsFieldsAreThereAndNoOthers(Headers style) throws Exception {
        HttpHeaders fields = fieldsOfADenial(style);
        assertThat(fields.firstValue("Retry-After")).contains("10");
        assertThat(fields.firstValue("RateLimit").isPresent()).isEqualTo(style == Headers.DRAFT);
        assertThat(fields.firstValue("RateLimit-Policy").isPresent()).isEqualTo(style == Headers.DRAFT);
        for (String name : new String[] {"Limit", "Remaining", "Reset"}) {
            assertThat(fields.firstValue("X-RateLimit-" + name).isPresent()).isEqualTo(style == Headers.LEGACY);
        }
    }
}
