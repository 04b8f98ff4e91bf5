package io.github.ratelimited.sample;

import io.github.ratelimited.test.MutableTimeSource;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;

/** Makes the application's limits live by a time that the test moves. */
@TestConfiguration
class VirtualTime {

    @Bean
    MutableTimeSource timeSource() {
        return new MutableTimeSource();
    }
}
