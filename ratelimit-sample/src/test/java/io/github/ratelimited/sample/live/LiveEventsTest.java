package io.github.ratelimited.sample.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.ratelimited.autoconfigure.test.AutoConfigureRateLimitTest;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.NONE)
@AutoConfigureRateLimitTest
@Timeout(60)
class LiveEventsTest {

    @Autowired
    private LiveStates states;

    private LiveEvents events;

    @BeforeEach
    void begin() {
        events = new LiveEvents(states);
    }

    @AfterEach
    void end() {
        events.close();
    }

    @Test
    void whoDoesNotReadHoldsUpNobodyElse() throws InterruptedException {
        Stuck stuck = new Stuck();
        events.watch(stuck);
        assertThat(stuck.sending.await(10, TimeUnit.SECONDS)).isTrue();

        Counting another = new Counting(3);
        events.watch(another);

        assertThat(another.left.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(stuck.sends).as("is sent nothing more meanwhile").hasValue(1);
    }

    @Test
    void soManyAndNoMoreMayWatch() {
        for (int i = 0; i < LiveEvents.MOST_VIEWERS; i++) {
            events.watch();
        }
        assertThatExceptionOfType(ResponseStatusException.class)
                .isThrownBy(events::watch)
                .withMessageContaining("50 watch already");
    }

    /** A viewer who does not read what he is sent. */
    private static final class Stuck extends SseEmitter {

        private final CountDownLatch sending = new CountDownLatch(1);
        private final AtomicInteger sends = new AtomicInteger();

        @Override
        public void send(SseEventBuilder event) {
            sends.incrementAndGet();
            sending.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException closed) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** A viewer who reads so many events. */
    private static final class Counting extends SseEmitter {

        private final CountDownLatch left;

        Counting(int events) {
            left = new CountDownLatch(events);
        }

        @Override
        public void send(SseEventBuilder event) {
            left.countDown();
        }
    }
}
