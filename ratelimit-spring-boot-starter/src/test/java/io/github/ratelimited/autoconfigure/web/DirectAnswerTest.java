package io.github.ratelimited.autoconfigure.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.MethodParameter;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.request.MockMvcRequestBuilders;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.WebApplicationContext;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyAdvice;

/** A denial is written at once where nobody else has a say in it, and only there. */
class DirectAnswerTest {

    private static final String BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    @RestController
    static class Shop {

        @GetMapping("/by-rule")
        String byRule() {
            return "ok";
        }

        @RateLimited(permits = 1, per = "1d")
        @GetMapping("/by-method")
        String byMethod() {
            return "ok";
        }
    }

    @RestControllerAdvice
    static class OfDenials {

        @ExceptionHandler(RateLimitExceededException.class)
        @ResponseStatus(HttpStatus.CONFLICT)
        String answer() {
            return "own";
        }
    }

    @RestControllerAdvice
    static class OfAll {

        @ExceptionHandler(Exception.class)
        @ResponseStatus(HttpStatus.CONFLICT)
        String answer() {
            return "own";
        }
    }

    @ControllerAdvice
    static class OfViews {

        @ExceptionHandler(RateLimitExceededException.class)
        String answer() {
            return "too-many";
        }
    }

    @ControllerAdvice
    static class OfErrorPages {

        @ExceptionHandler(Exception.class)
        String answer() {
            return "error";
        }
    }

    @ControllerAdvice
    static class OfBodies implements ResponseBodyAdvice<Object> {

        @Override
        public boolean supports(MethodParameter type, Class<? extends HttpMessageConverter<?>> converter) {
            return true;
        }

        @Override
        public Object beforeBodyWrite(
                Object body,
                MethodParameter type,
                MediaType chosen,
                Class<? extends HttpMessageConverter<?>> converter,
                ServerHttpRequest request,
                ServerHttpResponse response) {
            if (body instanceof ProblemDetail problem) {
                problem.setProperty("support", "call us");
            }
            return body;
        }
    }

    static class OfProblems implements WebMvcConfigurer {

        @Override
        public void addErrorResponseInterceptors(List<ErrorResponse.Interceptor> interceptors) {
            interceptors.add((problem, answer) -> problem.setProperty("support", "call us"));
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableWebMvc
    @Import(Shop.class)
    static class Application {}

    private final WebApplicationContextRunner application = new WebApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(RateLimitAutoConfiguration.class, ServletLimitsAutoConfiguration.class))
            .withPropertyValues(
                    "ratelimit.limits.few.permits=1",
                    "ratelimit.limits.few.per=1d",
                    "ratelimit.web.rules[0].paths=/by-rule",
                    "ratelimit.web.rules[0].limit=few")
            .withUserConfiguration(Application.class);

    private static MockHttpServletResponse denied(WebApplicationContext context, String path) {
        return denied(context, path, "*/*");
    }

    private static MockHttpServletResponse denied(WebApplicationContext context, String path, String accepted) {
        FilterRegistrationBean<?> edge = context.getBean("rateLimitEdgeFilter", FilterRegistrationBean.class);
        MockMvc mvc = MockMvcBuilders.webAppContextSetup(context)
                .addFilters(edge.getFilter())
                .build();
        try {
            assertThat(mvc.perform(MockMvcRequestBuilders.get(path))
                            .andReturn()
                            .getResponse()
                            .getStatus())
                    .isEqualTo(200);
            return mvc.perform(MockMvcRequestBuilders.get(path).header("Accept", accepted))
                    .andReturn()
                    .getResponse();
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/by-rule", "/by-method"})
    void itsLengthIsKnown(String path) {
        application.run(context -> {
            MockHttpServletResponse answer = denied(context, path);
            assertThat(answer.getStatus()).isEqualTo(429);
            assertThat(answer.getContentType()).isEqualTo("application/problem+json");
            assertThat(answer.getContentLength()).isEqualTo(answer.getContentAsByteArray().length);
            assertThat(answer.getContentAsString())
                    .contains("Quota exceeded")
                    .contains("\"instance\":\"" + path + "\"");
            assertThat(answer.getHeader("Retry-After")).isEqualTo("86400");
        });
    }

    @ParameterizedTest
    @ValueSource(classes = {OfDenials.class, OfAll.class})
    void anExceptionHandlerOfTheApplicationComesFirst(Class<?> advice) {
        application.withUserConfiguration(advice).run(context -> {
            for (String path : new String[] {"/by-rule", "/by-method"}) {
                MockHttpServletResponse answer = denied(context, path);
                assertThat(answer.getStatus()).isEqualTo(409);
                assertThat(answer.getContentAsString()).isEqualTo("own");
            }
        });
    }

    @ParameterizedTest
    @ValueSource(classes = {OfBodies.class, OfProblems.class})
    void whoChangesBodiesChangesThisOne(Class<?> changing) {
        application.withUserConfiguration(changing).run(context -> {
            for (String path : new String[] {"/by-rule", "/by-method"}) {
                MockHttpServletResponse answer = denied(context, path);
                assertThat(answer.getStatus()).isEqualTo(429);
                assertThat(answer.getContentAsString()).contains("\"support\":\"call us\"");
                assertThat(answer.getHeaders("Retry-After")).containsExactly("86400");
            }
        });
    }

    /** Nobody renders it for a filter. */
    @ParameterizedTest
    @ValueSource(classes = {OfViews.class, OfErrorPages.class})
    void aHandlerThatNamesAViewMakesNothingElseOfADenialByARule(Class<?> advice) {
        WebApplicationContextRunner naming = application.withUserConfiguration(advice);
        naming.run(context -> assertProblem(denied(context, "/by-rule")));
        naming.run(context -> assertProblem(denied(context, "/by-rule", BROWSER)));
        naming.withUserConfiguration(OfBodies.class).run(context -> assertProblem(denied(context, "/by-rule")));
    }

    private static void assertProblem(MockHttpServletResponse answer) throws Exception {
        assertThat(answer.getStatus()).isEqualTo(429);
        assertThat(answer.getHeader("Retry-After")).isEqualTo("86400");
        assertThat(answer.getContentType()).isEqualTo("application/problem+json");
        assertThat(answer.getContentAsString()).contains("Quota exceeded");
    }
}
