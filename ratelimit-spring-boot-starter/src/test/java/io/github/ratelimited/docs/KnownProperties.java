package io.github.ratelimited.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.boot.json.JsonParserFactory;
import org.springframework.util.StreamUtils;

/** The properties that the metadata of the class path tells of. */
record KnownProperties(Set<String> names, Set<String> maps) {

    static KnownProperties ofTheClassPath() {
        Set<String> names = new HashSet<>();
        Set<String> maps = new HashSet<>();
        for (Map<?, ?> property : inTheClassPath()) {
            String name = property.get("name").toString();
            names.add(name);
            if (String.valueOf(property.get("type")).matches("java\\.util\\.(Map|List|Set).*")) {
                maps.add(name);
            }
        }
        return new KnownProperties(names, maps);
    }

    boolean contains(String property) {
        return names.contains(property)
                || maps.stream().anyMatch(map -> property.startsWith(map + ".") || property.startsWith(map + "["));
    }

    static List<Map<?, ?>> inTheClassPath() {
        try {
            List<Map<?, ?>> all = new ArrayList<>();
            for (URL file : Collections.list(KnownProperties.class
                    .getClassLoader()
                    .getResources("META-INF/spring-configuration-metadata.json"))) {
                String json = StreamUtils.copyToString(file.openStream(), StandardCharsets.UTF_8);
                Object properties =
                        JsonParserFactory.getJsonParser().parseMap(json).get("properties");
                ((List<?>) properties).forEach(property -> all.add((Map<?, ?>) property));
            }
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
