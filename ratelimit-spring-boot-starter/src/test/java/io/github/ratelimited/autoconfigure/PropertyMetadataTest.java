package io.github.ratelimited.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What an IDE shows who completes {@code ratelimit.} */
class PropertyMetadataTest {

    private static final Pattern PROPERTY = Pattern.compile("\\{[^{}]*\"name\": \"(ratelimit\\.[^\"]+)\"[^{}]*}");

    @Test
    void describes_every_property() throws Exception {
        String metadata;
        try (InputStream file =
                RateLimitProperties.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
            metadata = new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
        String section = metadata.substring(metadata.indexOf("\"properties\""), metadata.indexOf("\"hints\""));
        List<MatchResult> properties = PROPERTY.matcher(section).results().toList();
        assertThat(properties)
                .extracting(property -> property.group(1))
                .contains(
                        "ratelimit.enabled",
                        "ratelimit.store",
                        "ratelimit.unreachable",
                        "ratelimit.order",
                        "ratelimit.defaults.max-wait",
                        "ratelimit.limits",
                        "ratelimit.memory.max-keys");
        assertThat(properties)
                .allSatisfy(property -> assertThat(property.group()).contains("\"description\": \""));
    }
}
