package io.github.ratelimited.sample;

import java.net.URI;
import java.util.List;
import org.springframework.boot.Banner;
import org.springframework.boot.DefaultApplicationArguments;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;

/** The command line {@code --fetch=...}: fetches URLs at a limited rate, prints what came of them, and ends. */
final class FetchCommand {

    private static final String OPTION = "fetch";
    private static final int OK = 0;
    private static final int BAD_ARGUMENT = 2;

    private FetchCommand() {}

    static boolean isAskedFor(String... args) {
        return new DefaultApplicationArguments(args).containsOption(OPTION);
    }

    /** Runs the command and returns the exit code of the process. */
    static int run(String... args) {
        List<URI> urls;
        try {
            urls = UrlList.read(new DefaultApplicationArguments(args).getOptionValues(OPTION));
        } catch (IllegalArgumentException badArgument) {
            System.err.println(badArgument.getMessage());
            return BAD_ARGUMENT;
        }
        SpringApplication application = new SpringApplication(SampleApplication.class);
        application.setWebApplicationType(WebApplicationType.NONE);
        application.setBannerMode(Banner.Mode.OFF);
        application.setLogStartupInfo(false);
        try (ConfigurableApplicationContext context = application.run(args)) {
            DemoUpstream upstream = context.getBean(DemoUpstream.class);
            List<URI> absolute = urls.stream().map(upstream::resolve).toList();
            Fetch fetch = context.getBean(Fetch.class);
            System.out.println(fetch.start(absolute, System.out).join());
        }
        return OK;
    }
}
