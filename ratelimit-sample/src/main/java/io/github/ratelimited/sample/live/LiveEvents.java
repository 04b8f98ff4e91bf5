package io.github.ratelimited.sample.live;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** Sends the state four times a second to those who watch; idle while nobody does. */
@Component
class LiveEvents implements AutoCloseable {

    private static final long EVERY_MILLIS = 250;
    private static final long FOREVER = 0;

    private final LiveStates states;
    private final ScheduledThreadPoolExecutor clock = new ScheduledThreadPoolExecutor(1);
    private final Set<SseEmitter> viewers = ConcurrentHashMap.newKeySet();
    private @Nullable Future<?> ticking;

    LiveEvents(LiveStates states) {
        this.states = states;
    }

    synchronized SseEmitter watch() {
        SseEmitter viewer = new SseEmitter(FOREVER);
        viewer.onCompletion(() -> leave(viewer));
        viewers.add(viewer);
        if (ticking == null) {
            ticking = clock.scheduleWithFixedDelay(this::send, 0, EVERY_MILLIS, TimeUnit.MILLISECONDS);
        }
        return viewer;
    }

    private void send() {
        LiveState state = states.now();
        for (SseEmitter viewer : viewers) {
            try {
                viewer.send(SseEmitter.event().data(state, MediaType.APPLICATION_JSON));
            } catch (IOException | IllegalStateException gone) {
                leave(viewer);
            }
        }
    }

    private synchronized void leave(SseEmitter viewer) {
        viewers.remove(viewer);
        if (viewers.isEmpty() && ticking != null) {
            ticking.cancel(false);
            ticking = null;
        }
    }

    /** Before the server stops, which would wait for them. */
    @EventListener(ContextClosedEvent.class)
    void end() {
        viewers.forEach(SseEmitter::complete);
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
