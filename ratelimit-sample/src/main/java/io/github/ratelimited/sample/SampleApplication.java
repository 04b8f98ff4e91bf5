package io.github.ratelimited.sample;

import io.github.ratelimited.sample.nodes.Nodes;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;

/** Starts the web server, or several with {@code --nodes=...}; with {@code --fetch=...} runs {@link FetchCommand} instead. */
@SpringBootApplication
public class SampleApplication {

    private static final int BAD_ARGUMENT = 2;

    public static void main(String[] args) {
        if (FetchCommand.isAskedFor(args)) {
            System.exit(FetchCommand.run(args));
        }
        try {
            Nodes.start(SampleApplication.class, Nodes.count(args), args);
        } catch (IllegalArgumentException badArgument) {
            System.err.println(badArgument.getMessage());
            System.exit(BAD_ARGUMENT);
        }
    }

    /** For {@link Fetch}, from the first time that it is asked for. */
    @Bean
    @Lazy
    static DemoUpstream demoUpstream() {
        return DemoUpstream.start();
    }
}
