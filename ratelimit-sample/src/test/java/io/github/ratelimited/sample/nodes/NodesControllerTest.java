package io.github.ratelimited.sample.nodes;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.http.MediaType;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;

/** Beside a node that lets others connect and says nothing. */
@Timeout(20)
class NodesControllerTest {

    private ServerSocket silent;
    private MockMvc page;

    @BeforeEach
    void start() throws IOException {
        silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        URI peer = URI.create("http://127.0.0.1:" + silent.getLocalPort());
        page = MockMvcBuilders.standaloneSetup(new NodesController(new Peers(List.of(peer))))
                .build();
    }

    @AfterEach
    void stop() throws IOException {
        silent.close();
    }

    @Test
    void itsEventsAreGivenUp() throws Exception {
        page.perform(get("/nodes/2/demo/events")).andExpect(status().isBadGateway());
    }

    @Test
    void itsChangesAreGivenUp() throws Exception {
        page.perform(post("/nodes/2/demo/burst")
                        .contentType(MediaType.APPLICATION_JSON)
                        .content("{}"))
                .andExpect(status().isBadGateway());
    }

    @Test
    void itIsSentNoMoreThanAChangeNeeds() throws Exception {
        page.perform(post("/nodes/2/demo/burst")
                        .contentType(MediaType.APPLICATION_JSON)
                        .content(new byte[8193]))
                .andExpect(status().isContentTooLarge());

        silent.setSoTimeout(100);
        assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(silent::accept);
    }
}
