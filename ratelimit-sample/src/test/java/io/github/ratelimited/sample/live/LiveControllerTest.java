package io.github.ratelimited.sample.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.request;

import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.autoconfigure.actuate.RateLimitsEndpoint;
import io.github.ratelimited.autoconfigure.test.AutoConfigureRateLimitTest;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureMockMvc;
import org.springframework.mock.web.MockAsyncContext;
import org.springframework.test.web.servlet.MockMvc;

@SpringBootTest
@AutoConfigureMockMvc
@AutoConfigureRateLimitTest
class LiveControllerTest {

    @Autowired
    private MockMvc server;

    @Autowired
    private DemoCalls calls;

    @Autowired
    private RateLimiterRegistry limits;

    @Autowired
    private RateLimitsEndpoint operator;

    @Test
    void aCallWaitsNoLongerThanItsRequest() throws Exception {
        operator.change("token-bucket", null, null, null, null, "10s", null, null);
        RateLimiter limiter = limits.get("token-bucket").forKey(null);
        assertThat(limiter.tryAcquire(5)).isTrue();
        MockAsyncContext waits = (MockAsyncContext) server.perform(get("/demo/call?limit=token-bucket"))
                .andExpect(request().asyncStarted())
                .andReturn()
                .getRequest()
                .getAsyncContext();
        assertThat(waits).isNotNull();
        assertThat(calls.waiting("token-bucket")).hasSize(1);

        AsyncEvent gone = new AsyncEvent(waits, new IOException("Broken pipe"));
        for (AsyncListener listener : waits.getListeners()) {
            listener.onError(gone);
            listener.onComplete(gone);
        }

        assertThat(calls.waiting("token-bucket")).isEmpty();
    }
}
