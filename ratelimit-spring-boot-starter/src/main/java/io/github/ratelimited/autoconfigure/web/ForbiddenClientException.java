package io.github.ratelimited.autoconfigure.web;

import java.io.Serial;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/** The client is on a list of those who are not served. */
final class ForbiddenClientException extends ResponseStatusException {

    @Serial
    private static final long serialVersionUID = 1L;

    ForbiddenClientException() {
        super(HttpStatus.FORBIDDEN);
    }

    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // it does nothing
    public Throwable fillInStackTrace() {
        return this;
    }
}
