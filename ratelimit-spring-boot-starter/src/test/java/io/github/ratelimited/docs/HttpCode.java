package io.github.ratelimited.docs;

import io.github.ratelimited.autoconfigure.client.RestClientLimits;
import io.github.ratelimited.autoconfigure.client.WebClientLimits;
import org.springframework.context.annotation.Bean;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

/** As docs/http.md has it. */
final class HttpCode {

    private HttpCode() {}

    static class Blocking {

        @Bean
        RestClient github(RestClient.Builder builder, RestClientLimits limits) {
            return builder.requestInterceptor(limits.by("github")).build();
        }
    }

    static class Reactive {

        @Bean
        WebClient github(WebClient.Builder builder, WebClientLimits limits) { // holds no thread
            return builder.filter(limits.by("github")).build();
        }
    }
}
