package io.github.ratelimited.docs;

import io.github.ratelimited.RateLimited;
import java.util.List;

/** As docs/keys-and-plans.md has it. */
class KeysCode {

    record User(String id, String plan, boolean trial) {}

    interface Index {

        List<String> find(String words);

        String export();
    }

    interface Mail {

        void send(List<String> to);
    }

    private final Index index;
    private final Mail mail;

    KeysCode(Index index, Mail mail) {
        this.index = index;
        this.mail = mail;
    }

    @RateLimited(name = "search", permits = 10, per = "1s", key = "#user.id")
    public List<String> search(User user, String words) {
        return index.find(words);
    }

    @RateLimited(name = "mails", permits = 100, per = "1m", key = "#user.id", cost = "#to.size()")
    public void send(User user, List<String> to) {
        mail.send(to);
    }

    @RateLimited(name = "exports", permits = 1, per = "1h", key = "#user.id", condition = "#user.trial")
    public String export(User user) {
        return index.export();
    }

    @RateLimited(name = "api", permits = 100, per = "1m", key = "#user.id", plan = "#user.plan")
    public String call(User user) {
        return index.export();
    }
}
