package io.github.ratelimited.docs;

import io.github.ratelimited.autoconfigure.RateLimitProperties;
import java.lang.annotation.Annotation;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.Name;
import org.springframework.util.ClassUtils;

/**
 * Writes docs/properties.md: what the metadata of the properties says, and of maps and lists, which it says nothing of the
 * inside of, what the records and their Javadoc say.
 */
final class PropertyReference {

    private static final Class<?> PROPERTIES = RateLimitProperties.class;
    private static final String HEAD = """
            # Properties

            Made from the properties' own metadata by a test, which fails when this page is stale, and writes it anew with
            `-Dupdate.docs=true`. A property that is not here stops the start. Durations are written `500ms`, `2s`, `1m`.

            | property | type | default | |
            |---|---|---|---|
            """;

    private final Map<String, String> metadata = new TreeMap<>();
    private final RecordDocs docs = RecordDocs.of(PROPERTIES);
    private final StringBuilder page = new StringBuilder(HEAD);

    PropertyReference() {
        for (Map<?, ?> property : KnownProperties.inTheClassPath()) {
            metadata.put(property.get("name").toString(), String.valueOf(property.get("description")));
        }
    }

    String page() {
        write("ratelimit", PROPERTIES);
        return page.toString();
    }

    private void write(String prefix, Class<?> type) {
        for (RecordComponent component : type.getRecordComponents()) {
            write(prefix + "." + name(component), type, component);
        }
    }

    private void write(String name, Class<?> owner, RecordComponent component) {
        Class<?> type = component.getType();
        if (isOurs(type)) {
            write(name, type);
        } else if (isOurs(element(component))) {
            boolean map = Map.class.isAssignableFrom(type);
            write(name + (!map ? "[]" : name.endsWith("plans") ? ".<plan>" : ".<name>"), element(component));
        } else {
            String description = metadata.getOrDefault(name, docs.of(owner, component.getName()));
            page.append("| `%s` | %s | %s | %s |%n"
                    .formatted(
                            name,
                            typeOf(component),
                            defaultOf(component),
                            description.replaceAll("(?<= )'([^']+)'", "`$1`")));
        }
    }

    private static boolean isOurs(Class<?> type) {
        return type.isRecord() && type.getName().startsWith(PROPERTIES.getName());
    }

    /** Of what there are many in a map or a list. */
    private static Class<?> element(RecordComponent component) {
        if (component.getGenericType() instanceof ParameterizedType many) {
            Type[] arguments = many.getActualTypeArguments();
            return (Class<?>) arguments[arguments.length - 1];
        }
        return component.getType();
    }

    private static String typeOf(RecordComponent component) {
        Class<?> type = ClassUtils.resolvePrimitiveIfNecessary(component.getType());
        if (type.isEnum()) {
            return Stream.of(type.getEnumConstants())
                    .map(value ->
                            "`" + value.toString().toLowerCase(Locale.ROOT).replace('_', '-') + "`")
                    .collect(Collectors.joining(", "));
        }
        if (Collection.class.isAssignableFrom(type)) {
            return "list";
        }
        if (Number.class.isAssignableFrom(type)) {
            return "number";
        }
        return type == Boolean.class ? "`true`, `false`" : type == Duration.class ? "duration" : "text";
    }

    private static String defaultOf(RecordComponent component) {
        DefaultValue given = parameter(component, DefaultValue.class);
        return given == null || given.value().length == 0 ? "" : "`" + String.join(",", given.value()) + "`";
    }

    private static String name(RecordComponent component) {
        Name given = parameter(component, Name.class);
        String name = given == null ? component.getName() : given.value();
        return name.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
    }

    /** These annotations are on the constructor's parameters. */
    private static <A extends Annotation> A parameter(RecordComponent component, Class<A> type) {
        Class<?> owner = component.getDeclaringRecord();
        int index = Stream.of(owner.getRecordComponents())
                .map(RecordComponent::getName)
                .toList()
                .indexOf(component.getName());
        return owner.getDeclaredConstructors()[0].getParameters()[index].getAnnotation(type);
    }
}
