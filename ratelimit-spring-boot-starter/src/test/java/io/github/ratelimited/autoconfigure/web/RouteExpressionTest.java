package io.github.ratelimited.autoconfigure.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.ratelimited.autoconfigure.RateLimitProperties.Web;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Web.Headers;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.web.MockHttpServletRequest;

class RouteExpressionTest {

    /** All of the chain is in the log of a server whose filter fails. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "header('X-Beta')",
                "'x' matches header('X-Beta')",
                "'x'.substring(header('X-Beta'))",
                "method.concat(header('X-Beta')).charAt(99)",
            })
    void aFailureQuotesNothingOfTheRequest(String text) {
        MockHttpServletRequest request = new MockHttpServletRequest("GET", "/");
        request.addHeader("X-Beta", "(secret");
        ClientAddresses addresses =
                new ClientAddresses(new Web(Headers.DRAFT, List.of(), null, 64, List.of(), List.of(), List.of()));
        RouteExpression expression = RouteExpression.parse("ratelimit.web.rules[0]", "condition", text);

        IllegalStateException failure = catchThrowableOfType(
                IllegalStateException.class,
                () -> expression.evaluate(new ServletCall(request, addresses), Boolean.class));

        assertThat(failure)
                .hasMessageStartingWith(
                        "ratelimit.web.rules[0], condition = '" + text + "' has no value for this request: ");
        for (Throwable each = failure; each != null; each = each.getCause()) {
            assertThat(each.toString()).doesNotContain("secret");
        }
    }
}
