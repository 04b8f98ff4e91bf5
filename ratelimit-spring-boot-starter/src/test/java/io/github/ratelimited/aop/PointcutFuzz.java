package io.github.ratelimited.aop;

import static io.github.ratelimited.fuzz.Inputs.check;
import static io.github.ratelimited.fuzz.Inputs.parsed;
import static io.github.ratelimited.fuzz.Inputs.text;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** A pointcut that is let in picks methods, always the same ones, and by nothing but what they are. */
public final class PointcutFuzz {

    private static final String NAME = "legacy.client";
    private static final String PLACE = "ratelimit.limits.[legacy.client]";
    private static final Pattern OF_BEANS = Pattern.compile("\\bbean\\s*\\(");
    private static final Pattern OF_A_NAME = Pattern.compile("execution\\(\\* ([a-zA-Z]+)\\(\\.\\.\\)\\)");

    private PointcutFuzz() {}

    /** A bean of somebody else. */
    @Deprecated
    public static class Client implements Callable<String>, Supplier<List<String>> {

        @Override
        public String call() {
            return "called";
        }

        @Override
        public List<String> get() {
            return List.of();
        }

        /** Has parameters. */
        @Deprecated
        protected int send(String to, int... numbers) {
            return numbers.length;
        }
    }

    public static void fuzzerTestOneInput(byte[] input) {
        String text = text(input);
        PointcutLimits limits = parsed(PLACE, "\"" + text + "\"", () -> new PointcutLimits(Map.of(NAME, text)));
        if (limits == null) {
            return;
        }
        check(!OF_BEANS.matcher(text).find(), "a pointcut picks beans", text);
        List<Method> picked = picked(limits);
        check(picked.equals(picked(limits)), "a pointcut picks now these, now those", text);
        Set<Method> methods = limits.methods(Client.class);
        check(methods.containsAll(picked), "not all are found of " + picked, methods);
        check(limits.unmatched().isEmpty() != methods.isEmpty(), "it is not known whether it matched", text);
        var ofAName = OF_A_NAME.matcher(text);
        if (ofAName.matches()) {
            check(
                    picked.stream().allMatch(method -> method.getName().equals(ofAName.group(1))),
                    text + " picks",
                    picked);
        }
    }

    private static List<Method> picked(PointcutLimits limits) {
        List<Method> picked = new ArrayList<>();
        for (Method method : Client.class.getDeclaredMethods()) {
            if (!method.isSynthetic() && !limits.names(method, Client.class).isEmpty()) {
                picked.add(method);
            }
        }
        picked.sort((a, b) -> a.toString().compareTo(b.toString()));
        return picked;
    }
}
