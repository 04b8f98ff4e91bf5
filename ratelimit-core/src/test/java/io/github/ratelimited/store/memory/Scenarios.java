package io.github.ratelimited.store.memory;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.Operation;

/** What Lincheck is to run, in words: operations with their arguments, one thread beside the other. */
final class Scenarios {

    private Scenarios() {}

    /**
     * A scenario such as {@code "acquire 0 3 0 -> giveBack 1 | reset, acquire 2 3 0 -> peek"}: what is done before, by
     * two threads at one time, and after. An operation of the first thread has 1 as its thread, if it asks for it.
     */
    static ExecutionScenario scenario(Class<?> operations, String words) {
        String[] parts = words.split("->", -1);
        String[] threads = parts[1].split("\\|", -1);
        return new ExecutionScenario(
                actors(operations, parts[0]),
                Arrays.stream(threads).map(thread -> actors(operations, thread)).toList(),
                actors(operations, parts[2]),
                null);
    }

    private static List<Actor> actors(Class<?> operations, String words) {
        return Arrays.stream(words.split(","))
                .map(String::trim)
                .filter(word -> !word.isEmpty())
                .map(word -> actor(operations, word.split(" ")))
                .toList();
    }

    private static Actor actor(Class<?> operations, String[] words) {
        Method method = Arrays.stream(operations.getMethods())
                .filter(each -> each.isAnnotationPresent(Operation.class)
                        && each.getName().equals(words[0]))
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException(words[0] + " is no operation of " + operations));
        List<Integer> arguments =
                Arrays.stream(words).skip(1).map(Integer::valueOf).toList();
        return new Actor(method, arguments, false, false, false, false, false);
    }
}
