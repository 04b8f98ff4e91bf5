package io.github.ratelimited.autoconfigure.web;

import static io.github.ratelimited.fuzz.Inputs.check;
import static io.github.ratelimited.fuzz.Inputs.text;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Web.Headers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whatever a limit is called and however large its numbers are, its fields are lists that RFC 9651 reads back. */
public final class AnswerFieldsFuzz {

    /** {@code "name";a=1;b=2}, and what separates it from the next. */
    private static final Pattern MEMBER = Pattern.compile(
            "\"((?:[\\x20\\x21\\x23-\\x5B\\x5D-\\x7E]|\\\\[\"\\\\])*)\"((?:;[a-z]=[0-9]{1,15})*)(?:, |$)");

    private static final Pattern PARAMETER = Pattern.compile(";([a-z])=([0-9]+)");

    private AnswerFieldsFuzz() {}

    /** A line is a name and, before it, as many numbers as a decision has. */
    public static void fuzzerTestOneInput(byte[] input) {
        Map<String, Decision> told = new LinkedHashMap<>();
        Map<String, String> draft = new HashMap<>();
        Map<String, String> legacy = new HashMap<>();
        AnswerFields fields = new AnswerFields(new AnswerStyle(Headers.DRAFT, name -> false), draft::put);
        AnswerFields oldFields = new AnswerFields(new AnswerStyle(Headers.LEGACY, name -> false), legacy::put);
        fields.takeOver();
        oldFields.takeOver();
        for (String line : text(input).split("\n", 5)) {
            Decision decision = decision(line.split(" ", 6));
            told.put(decision.limitName(), decision);
            fields.decided(decision);
            oldFields.decided(decision);
        }
        if (told.keySet().stream().map(AnswerFieldsFuzz::shown).distinct().count() < told.size()) {
            return; // a%0D and a\\r are shown alike, and the model cannot tell which is meant
        }
        checkPolicies(draft.get("RateLimit-Policy"), told);
        checkStates(draft.get("RateLimit"), told);
        check(legacy.size() == 3, "the old fields are", legacy);
        legacy.values().forEach(value -> check(value.matches("[0-9]{1,19}"), "no number of an old field", value));
    }

    private static Decision decision(String[] parts) {
        long permits = 1 + number(parts, 0, Limit.MAX_PERMITS);
        Duration period = Duration.ofNanos(1 + number(parts, 1, Limit.MAX_PERIOD.toNanos()));
        Limit limit = Limit.of(permits, period);
        long remaining = number(parts, 2, permits + 1);
        long nanos = number(parts, 3, Long.MAX_VALUE);
        String name = parts[parts.length - 1];
        return number(parts, 4, 2) == 0
                ? Decision.allowed(name, limit, 1, remaining, nanos, 0, 0, 0)
                : Decision.overLimit(name, limit, 1, remaining, nanos, nanos);
    }

    private static long number(String[] parts, int i, long below) {
        if (i >= parts.length - 1) {
            return 0;
        }
        try {
            return Math.floorMod(Long.parseLong(parts[i]), below);
        } catch (NumberFormatException none) {
            return Math.floorMod(parts[i].hashCode(), below);
        }
    }

    private static void checkPolicies(String field, Map<String, Decision> told) {
        List<Member> members = members(field);
        check(members.size() == told.size(), "not all limits are in", field);
        for (Member member : members) {
            Limit limit = decision(member, told).limit();
            check(member.of("q") == limit.permits(), field + " says another number of permits than", limit);
            boolean whole = limit.period().toNanosPart() == 0;
            check(member.of("w") == (whole ? limit.period().toSeconds() : -1), field + " has another period", limit);
        }
    }

    private static void checkStates(String field, Map<String, Decision> told) {
        List<Member> members = members(field);
        check(members.size() == told.size(), "not all limits are in", field);
        for (Member member : members) {
            Decision decision = decision(member, told);
            check(member.of("r") == decision.remaining(), field + " says that more or less remains than", decision);
            Duration more = decision.allowed() ? decision.resetAfter() : decision.retryAfter();
            Duration said = Duration.ofSeconds(Math.max(0, member.of("t")));
            check(
                    said.compareTo(more) >= 0 && said.minusSeconds(1).compareTo(more) < 0,
                    field + " says another time than",
                    decision);
        }
    }

    private static Decision decision(Member member, Map<String, Decision> told) {
        return told.entrySet().stream()
                .filter(entry -> shown(entry.getKey()).equals(member.name))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no limit is called " + member.name + ": " + told));
    }

    /** A name of printable signs is itself, of another only those are compared. */
    private static String shown(String name) {
        StringBuilder shown = new StringBuilder();
        for (byte each : name.getBytes(StandardCharsets.UTF_8)) {
            shown.append(each >= 0x20 && each < 0x7F ? String.valueOf((char) each) : String.format("%%%02X", each));
        }
        return shown.toString();
    }

    private record Member(String name, Map<String, Long> parameters) {
        long of(String parameter) {
            return parameters.getOrDefault(parameter, -1L);
        }
    }

    private static List<Member> members(String field) {
        List<Member> members = new ArrayList<>();
        Matcher member = MEMBER.matcher(field);
        int end = 0;
        while (end < field.length()) {
            check(member.find(end) && member.start() == end, "no structured field from " + end + " on", field);
            Map<String, Long> parameters = new HashMap<>();
            Matcher parameter = PARAMETER.matcher(member.group(2));
            while (parameter.find()) {
                parameters.put(parameter.group(1), Long.valueOf(parameter.group(2)));
            }
            members.add(new Member(member.group(1).replaceAll("\\\\(.)", "$1"), parameters));
            end = member.end();
        }
        return members;
    }
}
