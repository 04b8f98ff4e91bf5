package io.github.ratelimited.sample.nodes;

import io.github.ratelimited.sample.server.OwnServer;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.DefaultApplicationArguments;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.ContextClosedEvent;

/**
 * The command line {@code --nodes=2}: starts so many nodes in this process, each a whole application with its own port,
 * limits and memory. What they share is what the profile {@code redis} or {@code postgres} lets them count in.
 */
public final class Nodes {

    /** Each is watched by a connection of its own, of which a browser has six for one server. */
    static final int MOST = 3;

    private static final String OPTION = "nodes";

    private Nodes() {}

    /**
     * How many are asked for.
     *
     * @throws IllegalArgumentException if that is no number, or too many, with a message for people
     */
    public static int count(String... args) {
        List<String> values = new DefaultApplicationArguments(args).getOptionValues(OPTION);
        if (values == null) {
            return 1;
        }
        if (values.size() != 1 || !values.get(0).matches("[1-" + MOST + "]")) {
            throw new IllegalArgumentException("--nodes=" + String.join(",", values) + " is not a number from 1 to "
                    + MOST + "; write for example --nodes=2");
        }
        return Integer.parseInt(values.get(0));
    }

    /**
     * Starts them, each at the port after that of the one before; they end with the first.
     *
     * @return the first, which has the page
     */
    public static ConfigurableApplicationContext start(Class<?> application, int count, String... args) {
        ConfigurableApplicationContext first = SpringApplication.run(application, args);
        List<String> shared = new ArrayList<>(List.of(args));
        first.getBeanProvider(OwnServer.class).forEach(server -> shared.addAll(server.arguments()));
        try {
            for (int number = 2; number <= count; number++) {
                startAnother(application, number, first, shared);
            }
        } catch (RuntimeException failed) {
            first.close();
            throw failed;
        }
        return first;
    }

    private static void startAnother(
            Class<?> application, int number, ConfigurableApplicationContext first, List<String> shared) {
        boolean anyPort = first.getEnvironment().getProperty("server.port", Integer.class, 8080) == 0;
        int port = anyPort ? 0 : port(first) + number - 1;
        List<String> args = new ArrayList<>(shared);
        args.removeIf(arg -> arg.startsWith("--server.port="));
        args.add("--server.port=" + port);
        args.add("--spring.application.name=node-" + number);
        args.add("--spring.main.banner-mode=off");
        ConfigurableApplicationContext another = SpringApplication.run(application, args.toArray(String[]::new));
        first.addApplicationListener((ApplicationListener<ContextClosedEvent>) closed -> another.close());
        first.getBean(Peers.class).add(URI.create("http://localhost:" + port(another)));
    }

    private static int port(ConfigurableApplicationContext node) {
        return node.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
    }
}
