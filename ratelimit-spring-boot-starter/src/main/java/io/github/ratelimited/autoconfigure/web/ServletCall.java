package io.github.ratelimited.autoconfigure.web;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import java.net.InetAddress;
import java.security.Principal;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.util.WebUtils;

/** A request of a servlet. */
final class ServletCall implements WebCall {

    private final HttpServletRequest request;
    private final ClientAddresses addresses;
    private @Nullable InetAddress client;
    private boolean clientKnown;

    ServletCall(HttpServletRequest request, ClientAddresses addresses) {
        this.request = request;
        this.addresses = addresses;
    }

    @Nullable
    InetAddress client() {
        if (!clientKnown) {
            client = addresses.clientOf(request.getRemoteAddr(), this::headers);
            clientKnown = true;
        }
        return client;
    }

    private List<String> headers(String name) {
        return Collections.list(request.getHeaders(name));
    }

    @Override
    public @Nullable String getClientIp() {
        InetAddress known = client();
        return known == null ? request.getRemoteAddr() : addresses.keyOf(known);
    }

    @Override
    public @Nullable String getPrincipal() {
        Principal principal = request.getUserPrincipal();
        return principal == null ? null : principal.getName();
    }

    @Override
    public String getMethod() {
        return request.getMethod();
    }

    @Override
    public String getPath() {
        return request.getRequestURI().substring(request.getContextPath().length());
    }

    @Override
    public @Nullable String header(String name) {
        return request.getHeader(name);
    }

    @Override
    public @Nullable String cookie(String name) {
        Cookie cookie = WebUtils.getCookie(request, name);
        return cookie == null ? null : cookie.getValue();
    }
}
