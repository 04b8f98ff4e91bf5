package io.github.ratelimited.store.redis;

import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.NettyCustomizer;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.handler.flush.FlushConsolidationHandler;

/**
 * Sends what many callers ask for at once in one packet, and not in one each: who asks alone is sent at once. Under load
 * that saves the client and the server most of their work.
 */
public final class FlushTogether implements NettyCustomizer {

    private final NettyCustomizer others;

    private FlushTogether(NettyCustomizer others) {
        this.others = others;
    }

    /**
     * The same resources, shared, for a client that sends together. To be shut down after it, which leaves alone what is
     * shared.
     */
    public static ClientResources by(ClientResources resources) {
        return resources
                .mutate()
                .eventLoopGroupProvider(
                        resources.eventLoopGroupProvider()) // what is named here is not the copy's to end
                .eventExecutorGroup(resources.eventExecutorGroup())
                .timer(resources.timer())
                .commandLatencyRecorder(resources.commandLatencyRecorder())
                .nettyCustomizer(new FlushTogether(resources.nettyCustomizer()))
                .build();
    }

    @Override
    public void afterBootstrapInitialized(Bootstrap bootstrap) {
        others.afterBootstrapInitialized(bootstrap);
    }

    @Override
    public void afterChannelInitialized(Channel channel) {
        others.afterChannelInitialized(channel);
        channel.pipeline()
                .addFirst(new FlushConsolidationHandler(
                        FlushConsolidationHandler.DEFAULT_EXPLICIT_FLUSH_AFTER_FLUSHES, true));
    }
}
