package io.github.ratelimited.store;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a record consists of: its name, which tells it from others with the same components, and these. */
final class RecordParts {

    private static final ClassValue<Optional<List<Method>>> ACCESSORS = new ClassValue<>() {
        @Override
        protected Optional<List<Method>> computeValue(Class<?> type) {
            List<Method> accessors = Arrays.stream(type.getRecordComponents())
                    .map(RecordComponent::getAccessor)
                    .toList();
            return Optional.of(accessors).filter(all -> all.stream().allMatch(Method::trySetAccessible));
        }
    };

    private RecordParts() {}

    /** {@code null} if its module keeps them from us. */
    static @Nullable Stream<@Nullable Object> of(Record key) {
        Class<?> type = key.getClass();
        return ACCESSORS
                .get(type)
                .map(accessors -> Stream.<@Nullable Object>concat(
                        Stream.of(type.getSimpleName()), accessors.stream().map(accessor -> value(accessor, key))))
                .orElse(null);
    }

    private static @Nullable Object value(Method accessor, Record key) {
        try {
            return accessor.invoke(key);
        } catch (InvocationTargetException thrown) {
            throw new IllegalArgumentException(accessor + " of a key fails", thrown.getCause());
        } catch (IllegalAccessException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
