package io.github.ratelimited.autoconfigure;

import java.lang.reflect.Parameter;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.BeanUtils;
import org.springframework.beans.PropertyMatches;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.bind.Name;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.core.ResolvableType;

/**
 * The properties among which an unknown one stands: those under the longest beginning of its name that there is.
 *
 * @param path that beginning, with {@code <name>} for what users choose
 * @param properties what there is under it
 * @param similar those of them whose names are nearly that of the unknown one
 */
record PropertyLevel(String path, Class<?> properties, List<String> similar) {

    static PropertyLevel of(ConfigurationPropertyName unknown) {
        StringBuilder path = new StringBuilder("ratelimit");
        Class<?> properties = RateLimitProperties.class;
        int at = 1;
        for (int last = unknown.getNumberOfElements() - 1; at < last; at++) {
            Parameter property = property(properties, unknown.getElement(at, Form.DASHED));
            Class<?> inner = property == null ? null : inner(property);
            if (property == null || inner == null) {
                break;
            }
            properties = inner;
            path.append('.').append(name(property));
            if (!property.getType().isRecord()) {
                path.append(Map.class.isAssignableFrom(property.getType()) ? ".<name>" : "[]");
                at++;
            }
        }
        String wrong = unknown.getElement(Math.min(at, unknown.getNumberOfElements() - 1), Form.UNIFORM);
        String[] similar = PropertyMatches.forField(wrong, properties).getPossibleMatches();
        return new PropertyLevel(
                path.toString(),
                properties,
                Arrays.stream(similar).map(DataObjectPropertyName::toDashedForm).toList());
    }

    private static Stream<Parameter> properties(Class<?> bound) {
        return Arrays.stream(BeanUtils.getResolvableConstructor(bound).getParameters());
    }

    private static @Nullable Parameter property(Class<?> bound, String name) {
        return properties(bound)
                .filter(each -> name(each).equals(name))
                .findFirst()
                .orElse(null);
    }

    private static String name(Parameter property) {
        Name other = property.getAnnotation(Name.class);
        return other == null ? DataObjectPropertyName.toDashedForm(property.getName()) : other.value();
    }

    /** What it binds to that has properties itself, or whose elements have; {@code null} if it is a value. */
    private static @Nullable Class<?> inner(Parameter property) {
        ResolvableType type = ResolvableType.forType(property.getParameterizedType());
        Class<?> inner = (type.hasGenerics() ? type.getGeneric(type.getGenerics().length - 1) : type).resolve();
        return inner != null && inner.isRecord() ? inner : null;
    }

    @Override
    public String toString() {
        String all = properties(properties).map(PropertyLevel::name).sorted().collect(Collectors.joining(", "));
        return (similar.isEmpty() ? "" : "Is it meant to be " + String.join(" or ", similar) + "? ") + "Known under "
                + path + " are " + all + ".";
    }
}
