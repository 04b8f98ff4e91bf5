package io.github.ratelimited.docs;

import io.github.ratelimited.RateLimited;
import java.net.URI;

/** As README.md has it. */
class ReadmeCode {

    record Quote(int value) {}

    record Page(String text) {}

    record Answer(String text) {}

    record User(String id) {}

    interface Partner {

        Quote quote();

        Page fetch(URI url);

        Answer ask(String question);
    }

    private final Partner partner;

    ReadmeCode(Partner partner) {
        this.partner = partner;
    }

    @RateLimited(permits = 5, per = "1s") // over the rate: RateLimitExceededException
    public Quote quote() {
        return partner.quote();
    }

    @RateLimited(permits = 5, per = "1s", burst = 1, maxWait = "30s") // waits up to 30 s; one goes each 200 ms
    public Page fetch(URI url) {
        return partner.fetch(url);
    }

    @RateLimited(name = "api", permits = 100, per = "1m", key = "#user.id") // each user has permits of their own
    public Answer ask(User user, String question) {
        return partner.ask(question);
    }
}
