package io.github.ratelimited.docs;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** What the Javadoc of records says of their components, read from a source. */
record RecordDocs(Map<String, String> texts) {

    private static final Pattern RECORD =
            Pattern.compile("/\\*\\*((?:(?!\\*/).)*)\\*/\\s*(?:@[^\n]*\\s*)*public record (\\w+)", Pattern.DOTALL);
    private static final Pattern PARAMETER = Pattern.compile("@param (\\w+) ([^@]*(?:@Async[^@]*)?)");

    static RecordDocs of(Class<?> type) {
        String source = Page.read(Page.ROOT.resolve("ratelimit-spring-boot-starter/src/main/java/"
                        + type.getName().replace('.', '/') + ".java"))
                .text();
        Map<String, String> texts = new HashMap<>();
        for (MatchResult found : RECORD.matcher(source).results().toList()) {
            String javadoc = found.group(1).replaceAll("\n *\\* ?", "\n");
            for (MatchResult parameter : PARAMETER.matcher(javadoc).results().toList()) {
                texts.put(
                        found.group(2) + "." + parameter.group(1),
                        parameter.group(2).strip().replaceAll("\\s+", " "));
            }
        }
        return new RecordDocs(texts);
    }

    String of(Class<?> owner, String component) {
        String text = texts.get(owner.getSimpleName() + "." + component);
        if (text == null) {
            throw new IllegalStateException(owner.getSimpleName() + "." + component + " has no @param");
        }
        return text;
    }
}
