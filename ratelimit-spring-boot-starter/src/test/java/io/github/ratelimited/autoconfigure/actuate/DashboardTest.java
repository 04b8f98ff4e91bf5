package io.github.ratelimited.autoconfigure.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import com.jayway.jsonpath.JsonPath;
import io.github.ratelimited.LimitResolver;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.autoconfigure.redis.RedisProcess;
import io.github.ratelimited.store.StoreListener;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.json.JsonParserFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The dashboard and the alerts of docs ask for meters that there are, and the dashboard leaves none of them out. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class DashboardTest {

    private static final String HISTOGRAM = "management.metrics.distribution.percentiles-histogram.ratelimit.wait=true";

    private static final int COLUMNS = 24;

    /** What Prometheus adds to all that it scrapes. */
    private static final Set<String> LABELS_OF_PROMETHEUS = Set.of("job", "instance");

    /** What else stands in a query where a metric may stand. */
    private static final Set<String> WORDS_OF_PROMETHEUS =
            Set.of("and", "count", "deriv", "histogram_quantile", "increase", "max", "min", "rate", "sum");

    private static final Pattern FAMILY = Pattern.compile("^# TYPE (ratelimit_\\w+) ", Pattern.MULTILINE);
    private static final Pattern SERIES = Pattern.compile("^(\\w+)(?:\\{(.*)})? \\S+$", Pattern.MULTILINE);
    private static final Pattern SELECTOR = Pattern.compile("(\\w+)\\s*\\{([^}]*)}");
    private static final Pattern MATCHER = Pattern.compile("(\\w+)\\s*(?:=~|!~|!=|=)\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final Pattern GROUPING =
            Pattern.compile("\\b(?:by|without|on|ignoring|group_left|group_right)\\s*\\(([^)]*)\\)");
    private static final Pattern IN_BRACKETS = Pattern.compile("\\{[^}]*}|\\[[^]]*]");
    private static final Pattern NAME = Pattern.compile("(?<![\\w.])[a-zA-Z_]\\w*");
    private static final Pattern LABEL_SHOWN = Pattern.compile("\\{\\{\\s*(?:\\$labels\\.)?(\\w+)");
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{?(\\w+)");
    private static final Pattern CHOICES = Pattern.compile("label_values\\((.+), (\\w+)\\)");

    private final Map<String, Object> dashboard =
            JsonParserFactory.getJsonParser().parseMap(docs("grafana-dashboard.json"));
    private final Object alerts =
            new Yaml(new SafeConstructor(new LoaderOptions())).load(docs("prometheus-alerts.yml"));

    private String scrape = "";

    /** The values of each label of each metric. */
    private final Map<String, Map<String, Set<String>>> scraped = new TreeMap<>();

    public static class Shop {

        @RateLimited(name = "orders", permits = 1000, per = "1h", key = "#user", store = "redis")
        public void order(String user) {}
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

        @Bean
        Shop shop() {
            return new Shop();
        }

        @Bean
        LimitResolver resolver() {
            return (name, key, plan) -> null;
        }
    }

    /**
     * A query of the dashboard or of an alert.
     *
     * @param place where it stands
     * @param shown what people read of what it finds
     */
    private record Query(String place, String text, String shown) {

        Set<String> metrics() {
            String names =
                    GROUPING.matcher(IN_BRACKETS.matcher(text).replaceAll(" ")).replaceAll(" ");
            return NAME.matcher(names)
                    .results()
                    .map(MatchResult::group)
                    .filter(name -> !WORDS_OF_PROMETHEUS.contains(name))
                    .collect(Collectors.toSet());
        }

        /** By which labels it tells apart what it finds. */
        Set<String> grouping() {
            return GROUPING.matcher(text)
                    .results()
                    .flatMap(labels -> Stream.of(labels.group(1).split(",", -1)))
                    .map(String::strip)
                    .collect(Collectors.toSet());
        }

        @Override
        public String toString() {
            return place + ": " + text;
        }
    }

    @BeforeAll
    void scrapesAnApplicationInWhichAllOfItHasHappened() {
        try (RedisProcess redis = new RedisProcess();
                ConfigurableApplicationContext application = new SpringApplicationBuilder(Application.class)
                        .web(WebApplicationType.NONE)
                        .properties(
                                "spring.data.redis.port=" + redis.port(),
                                "management.metrics.tags.application=shop",
                                HISTOGRAM,
                                "ratelimit.redis.timeout=5s",
                                "ratelimit.limits.login.permits=1",
                                "ratelimit.limits.login.per=1h",
                                "ratelimit.limits.login.near=80%",
                                "ratelimit.limits.login.penalty.after=1",
                                "ratelimit.limits.login.penalty.within=1h",
                                "ratelimit.limits.login.penalty.for=1h",
                                "ratelimit.limits.mail.permits=1000",
                                "ratelimit.limits.mail.per=1s",
                                "ratelimit.limits.mail.burst=1")
                        .run()) {
            PrometheusMeterRegistry meters = application.getBean(PrometheusMeterRegistry.class);
            RateLimiterRegistry limits = application.getBean(RateLimiterRegistry.class);
            RateLimiter login = limits.get("login").forKey("eve");
            assertThat(login.tryAcquire()).isTrue();
            assertThat(login.tryAcquire()).isFalse();
            RateLimiter mail = limits.get("mail");
            while (meters.get("ratelimit.wait").tag("limit", "mail").timer().count() == 0) {
                mail.acquireAsync(1, Duration.ofMinutes(1)).join();
            }
            Shop shop = application.getBean(Shop.class);
            while (meters.get("ratelimit.store")
                            .tag("outcome", "answered")
                            .timer()
                            .count()
                    == 0) {
                shop.order("bob");
            }
            StoreListener questions = application.getBean(StoreListener.class);
            for (StoreListener.Outcome outcome : StoreListener.Outcome.values()) {
                questions.over("redis", outcome, 1);
            }
            scrape = meters.scrape();
        }
        SERIES.matcher(scrape).results().forEach(series -> {
            Map<String, Set<String>> labels = scraped.computeIfAbsent(series.group(1), unknown -> new TreeMap<>());
            if (series.group(2) != null) {
                MATCHER.matcher(series.group(2))
                        .results()
                        .forEach(label -> labels.computeIfAbsent(label.group(1), unknown -> new TreeSet<>())
                                .add(label.group(2)));
            }
        });
    }

    private static String docs(String file) {
        try {
            return Files.readString(Path.of("..", "docs", file));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private List<Map<String, Object>> panels() {
        return JsonPath.read(dashboard, "$.panels[?(@.type != 'row')]");
    }

    private List<Map<String, Object>> variables() {
        return JsonPath.read(dashboard, "$.templating.list[*]");
    }

    private List<Map<String, Object>> rules() {
        return JsonPath.read(alerts, "$.groups[*].rules[*]");
    }

    private static String text(Map<String, Object> of, String name) {
        return String.valueOf(of.getOrDefault(name, ""));
    }

    Stream<Query> dashboardQueries() {
        return panels().stream().flatMap(panel -> {
            List<Map<String, Object>> targets = JsonPath.read(panel, "$.targets[*]");
            return targets.stream()
                    .map(target -> new Query(
                            "panel " + text(panel, "title"), text(target, "expr"), text(target, "legendFormat")));
        });
    }

    Stream<Query> queries() {
        return Stream.concat(
                dashboardQueries(),
                rules().stream()
                        .map(rule -> new Query(
                                "alert " + text(rule, "alert"), text(rule, "expr"), text(rule, "annotations"))));
    }

    private Set<String> labelsOf(String metric) {
        Set<String> labels = new TreeSet<>(LABELS_OF_PROMETHEUS);
        labels.addAll(scraped.getOrDefault(metric, Map.of()).keySet());
        return labels;
    }

    private void assertThatAllIsThere(Query query) {
        assertThat(query.metrics()).isNotEmpty().allSatisfy(metric -> {
            assertThat(scraped.keySet()).contains(metric);
            assertThat(labelsOf(metric)).as(metric).containsAll(query.grouping());
        });
        SELECTOR.matcher(query.text()).results().forEach(selector -> {
            String metric = selector.group(1);
            MATCHER.matcher(selector.group(2)).results().forEach(matcher -> {
                String label = matcher.group(1);
                assertThat(labelsOf(metric)).as(metric).contains(label);
                if (!matcher.group(2).startsWith("$")) {
                    assertThat(scraped.getOrDefault(metric, Map.of()).get(label))
                            .as(label + " of " + metric)
                            .contains(matcher.group(2).split("\\|", -1));
                }
            });
        });
    }

    @ParameterizedTest
    @MethodSource("queries")
    void eachQueryIsForMetersAndLabelsAndValuesThatThereAre(Query query) {
        assertThatAllIsThere(query);
    }

    @ParameterizedTest
    @MethodSource("queries")
    void onlyWhatAQueryTellsApartIsShownOfIt(Query query) {
        assertThat(LABEL_SHOWN.matcher(query.shown()).results().map(label -> label.group(1)))
                .isSubsetOf(query.grouping());
    }

    @Test
    void eachMeterIsOnTheDashboard() {
        Set<String> asked =
                dashboardQueries().flatMap(query -> query.metrics().stream()).collect(Collectors.toSet());
        assertThat(FAMILY.matcher(scrape).results().map(family -> family.group(1)))
                .contains(
                        "ratelimit_calls_total",
                        "ratelimit_keys",
                        "ratelimit_penalties_total",
                        "ratelimit_wait_seconds")
                .allSatisfy(family -> assertThat(asked)
                        .containsAnyOf(family, family + "_bucket", family + "_count", family + "_sum"));
    }

    @Test
    void eachChoiceIsOfALabelThatThereIs() {
        List<String> choices = JsonPath.read(dashboard, "$.templating.list[?(@.type == 'query')].definition");
        assertThat(choices).isNotEmpty().allSatisfy(choice -> {
            assertThat(choice).matches(CHOICES);
            CHOICES.matcher(choice).results().forEach(parts -> {
                Query query = new Query("variable", parts.group(1), "");
                assertThatAllIsThere(query);
                assertThat(query.metrics())
                        .allSatisfy(metric -> assertThat(labelsOf(metric)).contains(parts.group(2)));
            });
        });
        assertThat(JsonPath.<List<String>>read(dashboard, "$.templating.list[*].query.query"))
                .isEqualTo(choices);
    }

    @Test
    void whoHasTheDashboardChoosesTheDataSourceAndMore() {
        assertThat(variables())
                .extracting(variable -> text(variable, "name"))
                .contains("datasource", "limit")
                .doesNotHaveDuplicates();
        assertThat(JsonPath.<List<String>>read(dashboard, "$.templating.list[?(@.type == 'datasource')].query"))
                .containsExactly("prometheus");
        assertThat(JsonPath.<List<String>>read(dashboard, "$..datasource.uid")).containsOnly("${datasource}");
        assertThat(JsonPath.<List<String>>read(dashboard, "$..expr"))
                .flatMap(text -> VARIABLE.matcher(text)
                        .results()
                        .map(name -> name.group(1))
                        .toList())
                .filteredOn(name -> !name.startsWith("__"))
                .isSubsetOf(variables().stream()
                        .map(variable -> text(variable, "name"))
                        .toList());
    }

    @Test
    void eachPanelHasATitleAndADescriptionAndAUnitAndADataSource() {
        assertThat(panels()).isNotEmpty().allSatisfy(panel -> {
            assertThat(text(panel, "title")).isNotBlank();
            assertThat(text(panel, "description")).isNotBlank();
            assertThat(JsonPath.<List<String>>read(panel, "$..defaults.unit"))
                    .hasSize(1)
                    .doesNotContain("");
            assertThat(panel).containsKey("datasource");
        });
        assertThat(JsonPath.<List<String>>read(dashboard, "$.panels[*].title")).doesNotHaveDuplicates();
    }

    @Test
    void aPanelOfPercentilesSaysWhatTheyNeed() {
        assertThat(panels())
                .filteredOn(panel -> text(panel, "targets").contains("_bucket"))
                .isNotEmpty()
                .allSatisfy(panel -> assertThat(text(panel, "description")).contains(HISTOGRAM));
    }

    @Test
    void eachPanelHasAnIdOfItsOwn() {
        List<Object> panels = JsonPath.read(dashboard, "$.panels[*]");
        assertThat(JsonPath.<List<Integer>>read(dashboard, "$.panels[*].id"))
                .hasSameSizeAs(panels)
                .doesNotHaveDuplicates();
    }

    @Test
    void noPanelLiesOnAnother() {
        Map<String, String> taken = new HashMap<>();
        List<Map<String, Object>> panelsAndRows = JsonPath.read(dashboard, "$.panels[*]");
        for (Map<String, Object> panel : panelsAndRows) {
            int left = JsonPath.read(panel, "$.gridPos.x");
            int top = JsonPath.read(panel, "$.gridPos.y");
            int width = JsonPath.read(panel, "$.gridPos.w");
            int height = JsonPath.read(panel, "$.gridPos.h");
            assertThat(left + width).isBetween(1, COLUMNS);
            for (int x = left; x < left + width; x++) {
                for (int y = top; y < top + height; y++) {
                    assertThat(taken.put(x + ", " + y, text(panel, "title")))
                            .as("also where '" + panel.get("title") + "' is")
                            .isNull();
                }
            }
        }
    }

    @Test
    void eachAlertSaysWhatIsTheMatterAndHowBadItIs() {
        assertThat(rules()).isNotEmpty().allSatisfy(rule -> {
            assertThat(text(rule, "for")).matches("\\d+[mh]");
            assertThat(JsonPath.<String>read(rule, "$.labels.severity")).isIn("info", "warning", "critical");
            assertThat(JsonPath.<String>read(rule, "$.annotations.summary")).isNotBlank();
            assertThat(JsonPath.<String>read(rule, "$.annotations.description")).isNotBlank();
        });
        assertThat(rules()).extracting(rule -> text(rule, "alert")).doesNotHaveDuplicates();
    }
}
