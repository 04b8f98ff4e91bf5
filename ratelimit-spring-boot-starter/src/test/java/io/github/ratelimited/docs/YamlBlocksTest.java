package io.github.ratelimited.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;

/** Configuration that a page shows starts an application, and each of its properties is read by somebody. */
class YamlBlocksTest {

    private static final KnownProperties KNOWN = KnownProperties.ofTheClassPath();

    static Stream<Block> blocks() {
        return Page.blocks("yaml");
    }

    @ParameterizedTest
    @MethodSource("blocks")
    void anApplicationStartsWithABlock(Block block) throws Exception {
        PageApplication.with(load(block))
                .run(application -> assertThat(application).as(block.toString()).hasNotFailed());
    }

    @ParameterizedTest
    @MethodSource("blocks")
    void eachPropertyIsKnown(Block block) throws Exception {
        assertThat(load(block).getSource().keySet())
                .as(block.toString())
                .isNotEmpty()
                .allMatch(KNOWN::contains);
    }

    private static MapPropertySource load(Block block) throws Exception {
        List<PropertySource<?>> documents = new YamlPropertySourceLoader()
                .load(block.toString(), new ByteArrayResource(block.text().getBytes(StandardCharsets.UTF_8)));
        Map<String, Object> properties = new LinkedHashMap<>();
        documents.forEach(document -> ((MapPropertySource) document)
                .getSource()
                .forEach((name, value) -> properties.put(name, value.toString())));
        return new MapPropertySource(block.toString(), properties);
    }
}
