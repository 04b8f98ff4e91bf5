package io.github.ratelimited.autoconfigure.redis;

import io.github.ratelimited.store.redis.FlushTogether;
import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.ReadFrom;
import io.lettuce.core.SslVerifyMode;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.resource.ClientResources;
import java.time.Duration;
import java.util.Optional;
import org.springframework.data.redis.connection.RedisConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.connection.lettuce.RedisCredentialsProviderFactory;

/**
 * A client of the server that the application's connection factory is for, with all of its settings but these: what was
 * sent is never sent again, since a script that ran twice would take its permits twice; while there is no connection
 * nothing is kept for later; and changes of a cluster are looked for, unless they are already.
 */
final class OwnRedisClient implements AutoCloseable {

    private final LettuceConnectionFactory factory;

    private final ClientResources resources;
    private final ClientResources together;
    private final boolean isShared;

    OwnRedisClient(LettuceConnectionFactory application) {
        RedisConfiguration server = serverOf(application);
        LettuceClientConfiguration settings = application.getClientConfiguration();
        isShared = settings.getClientResources().isPresent();
        resources = settings.getClientResources().orElseGet(ClientResources::create);
        together = FlushTogether.by(resources);
        factory = new LettuceConnectionFactory(
                server, new Once(settings, together, application.getClusterConfiguration() != null));
        factory.afterPropertiesSet();
        factory.start();
    }

    private static RedisConfiguration serverOf(LettuceConnectionFactory application) {
        if (application.getClusterConfiguration() != null) {
            return application.getClusterConfiguration();
        }
        if (application.getSentinelConfiguration() != null) {
            return application.getSentinelConfiguration();
        }
        return application.getSocketConfiguration() != null
                ? application.getSocketConfiguration()
                : application.getStandaloneConfiguration();
    }

    AbstractRedisClient client() {
        return factory.getRequiredNativeClient();
    }

    @Override
    public void close() {
        factory.destroy();
        together.shutdown(); // but not what it shares
        if (!isShared) {
            resources.shutdown();
        }
    }

    /** The application's settings, but for what becomes of commands when a connection is lost. */
    private record Once(LettuceClientConfiguration application, ClientResources resources, boolean cluster)
            implements LettuceClientConfiguration {

        @Override
        public Optional<ClientOptions> getClientOptions() {
            if (cluster) {
                ClusterClientOptions options = application
                        .getClientOptions()
                        .filter(ClusterClientOptions.class::isInstance)
                        .map(ClusterClientOptions.class::cast)
                        .orElseGet(ClusterClientOptions::create);
                return Optional.of(options.mutate()
                        .topologyRefreshOptions(refreshing(options.getTopologyRefreshOptions()))
                        .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
                        .replayFilter(command -> true)
                        .build());
            }
            return Optional.of(application
                    .getClientOptions()
                    .orElseGet(ClientOptions::create)
                    .mutate()
                    .autoReconnect(false) // the store connects again by itself, without long pauses
                    .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
                    .build());
        }

        /** Lettuce 6 by itself never looks who has the slots of a master that is gone; Lettuce 7 does. */
        @SuppressWarnings("deprecation") // in Lettuce 7, for which it is the default
        private static ClusterTopologyRefreshOptions refreshing(ClusterTopologyRefreshOptions application) {
            if (!application.getAdaptiveRefreshTriggers().isEmpty()) {
                return application;
            }
            return ClusterTopologyRefreshOptions.builder()
                    .enableAllAdaptiveRefreshTriggers()
                    .adaptiveRefreshTriggersTimeout(application.getAdaptiveRefreshTimeout())
                    .refreshTriggersReconnectAttempts(application.getRefreshTriggersReconnectAttempts())
                    .enablePeriodicRefresh(application.isPeriodicRefreshEnabled())
                    .refreshPeriod(application.getRefreshPeriod())
                    .dynamicRefreshSources(application.useDynamicRefreshSources())
                    .closeStaleConnections(application.isCloseStaleConnections())
                    .build();
        }

        /** A decision is a write. */
        @Override
        public Optional<ReadFrom> getReadFrom() {
            return Optional.empty();
        }

        @Override
        public boolean isUseSsl() {
            return application.isUseSsl();
        }

        @Override
        @SuppressWarnings("deprecation")
        public boolean isVerifyPeer() {
            return application.isVerifyPeer();
        }

        @Override
        public SslVerifyMode getVerifyMode() {
            return application.getVerifyMode();
        }

        @Override
        public boolean isStartTls() {
            return application.isStartTls();
        }

        @Override
        public Optional<ClientResources> getClientResources() {
            return Optional.of(resources);
        }

        @Override
        public Optional<String> getClientName() {
            return application.getClientName();
        }

        @Override
        public Optional<RedisCredentialsProviderFactory> getRedisCredentialsProviderFactory() {
            return application.getRedisCredentialsProviderFactory();
        }

        @Override
        public Duration getCommandTimeout() {
            return application.getCommandTimeout();
        }

        @Override
        public Duration getShutdownTimeout() {
            return application.getShutdownTimeout();
        }

        @Override
        public Duration getShutdownQuietPeriod() {
            return application.getShutdownQuietPeriod();
        }
    }
}
