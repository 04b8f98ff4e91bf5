package io.github.ratelimited.docs;

import io.github.ratelimited.RateLimited;
import io.github.ratelimited.RateLimiter;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** As docs/waiting.md has it. */
class WaitingCode {

    interface Partner {

        String fetch(URI url);

        CompletableFuture<String> fetchAsync(URI url);
    }

    private final Partner partner;

    WaitingCode(Partner partner) {
        this.partner = partner;
    }

    @RateLimited(name = "partner", permits = 5, per = "1s", burst = 1, maxWait = "30s")
    public String fetch(URI url) {
        return partner.fetch(url);
    }

    @RateLimited(name = "partner", permits = 5, per = "1s", burst = 1, maxWait = "30s")
    public CompletableFuture<String> fetchAsync(URI url) {
        return partner.fetchAsync(url);
    }

    List<CompletableFuture<String>> all(RateLimiter limiter, List<URI> urls) {
        List<CompletableFuture<String>> pages = urls.stream()
                .map(url -> limiter.callAsync(() -> partner.fetchAsync(url)))
                .toList();
        return pages;
    }
}
