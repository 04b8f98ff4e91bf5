package io.github.ratelimited.sample.live;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Playwright;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The machine's own Chromium, driven by a test; nothing is downloaded. */
public final class Chromium implements AutoCloseable {

    private static final List<String> USUAL = List.of(
            "/usr/bin/chromium",
            "/usr/bin/chromium-browser",
            "/usr/bin/google-chrome",
            "/Applications/Chromium.app/Contents/MacOS/Chromium",
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");

    private final Playwright playwright;
    private final Browser browser;

    private Chromium(Path executable) {
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright
                .chromium()
                .launch(new LaunchOptions()
                        .setExecutablePath(executable)
                        .setArgs(List.of(
                                "--no-sandbox", // root may not have one
                                "--disable-gpu",
                                "--disable-background-networking",
                                "--disable-component-update")));
    }

    /** Starts it; where there is none the test is skipped, but in a build that must not skip it ({@code CI=true}). */
    public static Chromium start() {
        Path named =
                Optional.ofNullable(System.getenv("CHROMIUM")).map(Path::of).orElse(null);
        Stream<Path> paths = named != null ? Stream.of(named) : USUAL.stream().map(Path::of);
        return new Chromium(choose(paths.toList(), "true".equals(System.getenv("CI"))));
    }

    static Path choose(List<Path> paths, boolean mustBeThere) {
        Optional<Path> found = paths.stream().filter(Files::isExecutable).findFirst();
        if (found.isEmpty()) {
            String message =
                    "There is no Chromium at " + paths + ". Install it (on Debian: apt-get install chromium), or"
                            + " name it by the environment variable CHROMIUM";
            return mustBeThere ? fail(message) : abort(message + ". The page is not tested.");
        }
        return found.get();
    }

    public Browser browser() {
        return browser;
    }

    @Override
    public void close() {
        playwright.close();
    }
}
