package io.github.ratelimited.docs;

import io.github.ratelimited.Limit;
import io.github.ratelimited.LimitResolver;
import io.github.ratelimited.RateLimitNearEvent;
import java.time.Duration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.JdbcTemplate;

/** As docs/operating.md has it. */
class OperatingCode {

    interface Pager {

        void tell(String message);
    }

    private final Pager pager;

    OperatingCode(Pager pager) {
        this.pager = pager;
    }

    @Bean
    LimitResolver plans(JdbcTemplate jdbc) {
        return (name, key, plan) -> jdbc
                .query(
                        "select permits, seconds from customer_limit where limit_name = ? and customer = ?",
                        (row, index) -> Limit.of(row.getLong(1), Duration.ofSeconds(row.getLong(2))),
                        name,
                        key)
                .stream()
                .findFirst()
                .orElse(null); // the declared limit
    }

    @EventListener
    void on(RateLimitNearEvent near) {
        pager.tell(near.getLimitName() + " has " + near.getRemaining() + " left of " + near.getLimit());
    }
}
