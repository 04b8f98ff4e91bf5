package io.github.ratelimited.autoconfigure.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions.RefreshTrigger;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.data.redis.connection.RedisClusterConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/** How the store's client looks for changes of a cluster. Nothing is connected. */
class OwnRedisClientTest {

    private static ClusterTopologyRefreshOptions refresh(LettuceClientConfiguration application) {
        RedisClusterConfiguration cluster = new RedisClusterConfiguration(List.of("127.0.0.1:1"));
        try (OwnRedisClient own = new OwnRedisClient(new LettuceConnectionFactory(cluster, application))) {
            return ((ClusterClientOptions) own.client().getOptions()).getTopologyRefreshOptions();
        }
    }

    /** By an application that has set these triggers, and no others; which are there by default depends on the version. */
    private static ClusterTopologyRefreshOptions refresh(
            ClusterTopologyRefreshOptions.Builder settings, RefreshTrigger... triggers) {
        ClusterTopologyRefreshOptions application = new ClusterTopologyRefreshOptions(settings) {
            @Override
            public Set<RefreshTrigger> getAdaptiveRefreshTriggers() {
                return Set.of(triggers);
            }
        };
        return refresh(LettuceClientConfiguration.builder()
                .clientOptions(ClusterClientOptions.builder()
                        .topologyRefreshOptions(application)
                        .build())
                .build());
    }

    @Test
    void aMasterThatIsGoneIsReplacedThoughTheApplicationSaysNothingOfIt() {
        assertThat(refresh(LettuceClientConfiguration.defaultConfiguration()).getAdaptiveRefreshTriggers())
                .containsExactlyInAnyOrder(RefreshTrigger.values());
    }

    /** No trigger is what Lettuce has by default before version 7. */
    @Test
    void withoutATriggerOfTheApplicationThereAreAllAndItsOtherSettingsStay() {
        ClusterTopologyRefreshOptions refresh = refresh(ClusterTopologyRefreshOptions.builder()
                .adaptiveRefreshTriggersTimeout(Duration.ofSeconds(3))
                .refreshTriggersReconnectAttempts(4)
                .enablePeriodicRefresh(Duration.ofSeconds(7))
                .dynamicRefreshSources(false)
                .closeStaleConnections(false));
        assertThat(refresh.getAdaptiveRefreshTriggers()).containsExactlyInAnyOrder(RefreshTrigger.values());
        assertThat(refresh.getAdaptiveRefreshTimeout()).isEqualTo(Duration.ofSeconds(3));
        assertThat(refresh.getRefreshTriggersReconnectAttempts()).isEqualTo(4);
        assertThat(refresh.isPeriodicRefreshEnabled()).isTrue();
        assertThat(refresh.getRefreshPeriod()).isEqualTo(Duration.ofSeconds(7));
        assertThat(refresh.useDynamicRefreshSources()).isFalse();
        assertThat(refresh.isCloseStaleConnections()).isFalse();
    }

    @Test
    void triggersOfTheApplicationStayAsTheyAre() {
        ClusterTopologyRefreshOptions refresh =
                refresh(ClusterTopologyRefreshOptions.builder(), RefreshTrigger.MOVED_REDIRECT);
        assertThat(refresh.getAdaptiveRefreshTriggers()).containsExactly(RefreshTrigger.MOVED_REDIRECT);
    }
}
