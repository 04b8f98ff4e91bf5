package io.github.ratelimited.sample;

import io.github.ratelimited.RateLimited;
import org.springframework.stereotype.Service;

/** Three calls under a rate, one in each of the usual ways. */
@Service
class Shop {

    /** Rejects what is over the limit; all of its numbers are in application.yml. */
    @RateLimited("orders")
    public String order() {
        return "ordered";
    }

    /** Gives each user permits of their own. */
    @RateLimited(name = "greetings", permits = 2, per = "10s", key = "#user")
    public String greet(String user) {
        return "Hello, " + user;
    }

    /** Lets callers wait for their turn instead of rejecting them, as a partner with a quota demands. */
    @RateLimited(name = "partner", permits = 5, per = "1s", burst = 1, maxWait = "10s")
    public String askPartner() {
        return "asked";
    }
}
