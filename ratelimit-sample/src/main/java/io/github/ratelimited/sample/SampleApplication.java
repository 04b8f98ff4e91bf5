package io.github.ratelimited.sample;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the web server; with {@code --fetch=...} runs {@link FetchCommand} instead. */
@SpringBootApplication
public class SampleApplication {

    public static void main(String[] args) {
        if (FetchCommand.isAskedFor(args)) {
            System.exit(FetchCommand.run(args));
        }
        SpringApplication.run(SampleApplication.class, args);
    }
}
