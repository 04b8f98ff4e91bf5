package io.github.ratelimited.store.redis;

import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.Base16;
import io.lettuce.core.codec.StringCodec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/**
 * A script by its digest, once it has been answered; before that by its text, lest the first call come after later ones.
 * A server that does not know the digest is sent the text; nothing else is ever sent twice.
 */
final class Script {

    /** Time by the server's clock, in seconds and microseconds. */
    static final String SERVER_CLOCK = "redis.call('TIME')";

    private final String text;
    private final String digest;
    private volatile boolean known;

    private Script(String text) {
        this.text = text;
        this.digest = Base16.digest(StringCodec.UTF8.encodeValue(text));
    }

    /** The script of these parts, after the one that tells time and how much longer than needed a bucket is kept. */
    static Script load(String clock, Duration slack, String... parts) {
        StringBuilder text = new StringBuilder(
                resource("clock.lua").replace("CLOCK", clock).replace("SLACK_MILLIS", Long.toString(slack.toMillis())));
        for (String part : parts) {
            text.append(resource(part));
        }
        return new Script(text.toString());
    }

    private static String resource(String name) {
        try (InputStream stream = Script.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new IllegalStateException(name + " is missing from the jar");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(name + " cannot be read from the jar", e);
        }
    }

    /** Runs it by the numbers that it returns. */
    CompletionStage<List<Long>> run(
            RedisClusterAsyncCommands<String, byte[]> redis, String[] keys, byte[][] arguments) {
        if (!known) {
            return redis.<List<Long>>eval(text, ScriptOutputType.MULTI, keys, arguments)
                    .thenApply(answer -> {
                        known = true;
                        return answer;
                    });
        }
        return redis.<List<Long>>evalsha(digest, ScriptOutputType.MULTI, keys, arguments)
                .exceptionallyCompose(failure -> isUnknown(failure)
                        ? redis.<List<Long>>eval(text, ScriptOutputType.MULTI, keys, arguments)
                        : CompletableFuture.failedStage(failure));
    }

    private static boolean isUnknown(Throwable failure) {
        return (failure instanceof CompletionException ? failure.getCause() : failure)
                instanceof RedisNoScriptException;
    }
}
