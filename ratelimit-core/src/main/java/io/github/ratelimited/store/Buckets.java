package io.github.ratelimited.store;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which buckets a request is for, by which numbers, whatever it costs. Those of a limit that was replaced are others, so
 * that no trip mixes two versions of it.
 */
final class Buckets {

    private final List<Claim> claims;
    private final int hash;

    Buckets(AcquireRequest request) {
        claims = request.claims();
        int hash = 0;
        for (int i = 0; i < claims.size(); i++) {
            Claim claim = claims.get(i);
            hash = 31 * (31 * hash + claim.name().hashCode()) + Objects.hashCode(claim.key());
        }
        this.hash = hash;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (!(other instanceof Buckets that) || hash != that.hash || claims.size() != that.claims.size()) {
            return false;
        }
        for (int i = 0; i < claims.size(); i++) {
            Claim a = claims.get(i);
            Claim b = that.claims.get(i);
            if (!a.name().equals(b.name())
                    || !Objects.equals(a.key(), b.key())
                    || !a.limit().equals(b.limit())) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
