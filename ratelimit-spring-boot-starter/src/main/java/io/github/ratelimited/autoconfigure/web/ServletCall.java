package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.autoconfigure.web.ClientAddresses.Client;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import java.security.Principal;
import java.util.Collections;
import org.jspecify.annotations.Nullable;
import org.springframework.web.util.WebUtils;

/** A request of a servlet. */
final class ServletCall implements WebCall {

    private final HttpServletRequest request;
    private final ClientAddresses addresses;
    private @Nullable Client client;
    private boolean clientKnown;

    ServletCall(HttpServletRequest request, ClientAddresses addresses) {
        this.request = request;
        this.addresses = addresses;
    }

    @Nullable
    Client client() {
        if (!clientKnown) {
            HttpServletRequest asReceived = asReceived();
            client = addresses.clientOf(
                    asReceived.getRemoteAddr(), name -> Collections.list(asReceived.getHeaders(name)));
            clientKnown = true;
        }
        return client;
    }

    /** Without what wraps it: Spring's ForwardedHeaderFilter believes whoever says for whom he asks. */
    private HttpServletRequest asReceived() {
        ServletRequest inner = request;
        while (inner instanceof ServletRequestWrapper wrapper) {
            inner = wrapper.getRequest();
        }
        return inner instanceof HttpServletRequest received ? received : request;
    }

    @Override
    public @Nullable String getClientIp() {
        String peer = addresses.keyOfPeer(asReceived().getRemoteAddr());
        if (peer != null) {
            return peer;
        }
        Client known = client();
        return known == null ? asReceived().getRemoteAddr() : addresses.keyOf(known.address());
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
