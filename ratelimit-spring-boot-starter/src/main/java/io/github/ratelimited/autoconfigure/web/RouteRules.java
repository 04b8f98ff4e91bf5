package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.aop.LimitConfiguration;
import io.github.ratelimited.aop.LimitSettings;
import io.github.ratelimited.aop.MethodPlans;
import io.github.ratelimited.autoconfigure.RateLimitProperties;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Rule.Order;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Web;
import io.github.ratelimited.autoconfigure.web.ClientAddresses.Client;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.NamedLimit;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.util.StringUtils;

/** What {@code ratelimit.web} says of requests, before or after it is known who calls. */
final class RouteRules {

    /** Spring Security's own place among the filters. */
    static final int SECURITY = -100;

    private final List<AddressBlock> allow;
    private final List<AddressBlock> deny;
    private final RulesByPath before;
    private final RulesByPath after;
    private final boolean countSome;
    private final @Nullable Admission admission;

    /**
     * All of them.
     *
     * @param plans know the limits that rules name; asked for if there are rules
     * @param registries where they are counted; asked for if there are rules
     */
    RouteRules(
            RateLimitProperties properties,
            ObjectProvider<MethodPlans> plans,
            ObjectProvider<StoreRateLimiterRegistry> registries) {
        Web web = properties.web();
        this.allow = AddressBlock.parseAll("ratelimit.web.allow", web.allow());
        this.deny = AddressBlock.parseAll("ratelimit.web.deny", web.deny());
        if (web.rules().isEmpty()) {
            this.before = new RulesByPath(List.of());
            this.after = this.before;
            this.admission = null;
            this.countSome = false;
            return;
        }
        LimitConfiguration configuration = plans.getObject().configuration();
        StoreRateLimiterRegistry registry = registries.getObject();
        Admission store = registry.admission("", "ratelimit.web.rules");
        List<RouteRule> rules = new ArrayList<>();
        for (int i = 0; i < web.rules().size(); i++) {
            String place = "ratelimit.web.rules[" + i + "]";
            boolean hasKey = web.rules().get(i).key() != null;
            rules.add(new RouteRule(
                    place, web.rules().get(i), name -> limit(place, name, hasKey, configuration, registry, store)));
        }
        this.before = of(Order.BEFORE_SECURITY, rules);
        this.after = of(Order.AFTER_SECURITY, rules);
        this.admission = store;
        this.countSome = rules.stream().anyMatch(RouteRule::countsSome);
    }

    private static RulesByPath of(Order order, List<RouteRule> rules) {
        return new RulesByPath(
                rules.stream().filter(rule -> rule.order() == order).toList());
    }

    private static NamedLimit limit(
            String place,
            String name,
            boolean hasKey,
            LimitConfiguration configuration,
            StoreRateLimiterRegistry registry,
            Admission store) {
        LimitSettings settings = configuration.limits().get(name);
        if (settings == null || settings.permits() == 0) {
            throw new InvalidRateLimitException(
                    place,
                    settings == null
                            ? "there is no limit '" + name + "' under ratelimit.limits"
                            : "the limit '" + name + "' has no permits",
                    settings == null
                            ? "add " + LimitName.property(name) + ", or name one of "
                                    + new TreeSet<>(configuration.limits().keySet())
                            : "set " + LimitName.property(name) + ".permits");
        }
        if (!hasKey && StringUtils.hasText(settings.key())) {
            throw new InvalidRateLimitException(
                    place,
                    "it has no key, and the key of limit '" + name + "' is for methods",
                    "write a key in the rule, say client-ip");
        }
        return registry.use(
                LimitName.of(name),
                settings.toLimit(),
                settings.maxWaitNanos(configuration.maxWaitNanos()),
                place,
                store);
    }

    /** The way into the store that counts what rules let in. */
    Admission admission() {
        return Objects.requireNonNull(admission, "there are no rules");
    }

    boolean areNeeded(Order order) {
        return order == Order.BEFORE_SECURITY ? !before.isEmpty() || !deny.isEmpty() : !after.isEmpty();
    }

    /**
     * What the request takes by the rules that hold for it; {@code null} if none does.
     *
     * @param path as it was sent, with the context path in front
     * @param client finds out its address, if it has one
     * @throws ForbiddenClientException if it is on a list of those who are not served
     */
    @Nullable
    Taken ask(Order order, WebCall call, String path, String contextPath, Supplier<@Nullable Client> client) {
        if (isLetThrough(order, client)) {
            return null;
        }
        List<RouteRule> holding = new ArrayList<>(2);
        List<Claim> claims = new ArrayList<>(2);
        for (RouteRule rule : (order == Order.BEFORE_SECURITY ? before : after).matching(path, contextPath)) {
            Claim claim = rule.holds(call) ? rule.claim(call, client) : null;
            if (claim != null) {
                holding.add(rule);
                claims.add(claim);
            }
        }
        return claims.isEmpty() ? null : new Taken(admission(), holding, claims);
    }

    /** Whether only some answers cost a permit by one of the rules. */
    boolean countSome() {
        return countSome;
    }

    private boolean isDenied(Client client) {
        return AddressBlock.anyContains(deny, client.address())
                || client.claimed().stream().anyMatch(claimed -> AddressBlock.anyContains(deny, claimed));
    }

    private boolean isLetThrough(Order order, Supplier<@Nullable Client> client) {
        if (deny.isEmpty() && allow.isEmpty()) {
            return false;
        }
        Client known = client.get();
        if (known == null) {
            return false;
        }
        if (order == Order.BEFORE_SECURITY && isDenied(known)) {
            throw new ForbiddenClientException();
        }
        return !known.isStandIn() && AddressBlock.anyContains(allow, known.address());
    }
}
