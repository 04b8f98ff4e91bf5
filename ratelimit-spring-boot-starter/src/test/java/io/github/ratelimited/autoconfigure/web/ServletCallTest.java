package io.github.ratelimited.autoconfigure.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.autoconfigure.RateLimitProperties.Web;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Web.Headers;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.mock.web.MockHttpServletRequest;

class ServletCallTest {

    /** By a socket of the file system, the peer has no address; what wraps the request has one that a client wrote. */
    @ParameterizedTest
    @CsvSource({"'', ''", "203.0.113.7, 203.0.113.7"})
    void theClientIsWhoeverHasConnectedAlsoWithoutAnAddress(String peer, String client) {
        MockHttpServletRequest received = new MockHttpServletRequest();
        received.setRemoteAddr(peer);
        HttpServletRequest wrapped = new HttpServletRequestWrapper(received) {
            @Override
            public String getRemoteAddr() {
                return "198.51.100.1";
            }
        };
        ClientAddresses addresses =
                new ClientAddresses(new Web(Headers.DRAFT, List.of(), null, 64, List.of(), List.of(), List.of()));
        assertThat(new ServletCall(wrapped, addresses).getClientIp()).isEqualTo(client);
    }
}
