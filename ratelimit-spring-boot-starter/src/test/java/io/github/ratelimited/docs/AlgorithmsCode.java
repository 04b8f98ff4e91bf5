package io.github.ratelimited.docs;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.RateLimited;

/** As docs/choosing-an-algorithm.md has it. */
class AlgorithmsCode {

    interface Mail {

        void send(String message);
    }

    private final Mail mail;

    AlgorithmsCode(Mail mail) {
        this.mail = mail;
    }

    @RateLimited(name = "reports", permits = 100, per = "1d", algorithm = Algorithm.FIXED_WINDOW)
    public String report() {
        return "report";
    }

    @RateLimited(permits = 10, per = "1s")
    @RateLimited(permits = 1000, per = "1h")
    public void send(String message) {
        mail.send(message);
    }
}
