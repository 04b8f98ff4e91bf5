package io.github.ratelimited.autoconfigure.web;

import org.jspecify.annotations.Nullable;

/**
 * A web request as {@code key} and {@code condition} of a rule see it: {@code clientIp}, {@code principal},
 * {@code method}, {@code path}, {@code header('X-Tenant')}, {@code cookie('session')}.
 */
public interface WebCall {

    /** The address of the client, as far as it tells clients apart; {@code null} if there is none. */
    @Nullable
    String getClientIp();

    /** The name of who is calling; {@code null} as long as nobody knows. */
    @Nullable
    String getPrincipal();

    /** The method, such as {@code GET}. */
    String getMethod();

    /** The path within the application. */
    String getPath();

    /** The first value of a header field; {@code null} if there is none. */
    @Nullable
    String header(String name);

    /** The value of a cookie; {@code null} if there is none. */
    @Nullable
    String cookie(String name);
}
