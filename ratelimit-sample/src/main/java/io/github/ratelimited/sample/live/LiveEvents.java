package io.github.ratelimited.sample.live;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * Sends the state four times a second to those who watch; idle while nobody does. Who reads slowly misses states, and holds
 * up nobody else.
 */
@Component
class LiveEvents implements AutoCloseable {

    /** And so the most threads, if none of them reads. */
    static final int MOST_VIEWERS = 50;

    private static final long EVERY_MILLIS = 250;
    private static final long FOREVER = 0;

    private final LiveStates states;
    private final ScheduledThreadPoolExecutor clock = new ScheduledThreadPoolExecutor(1);
    private final ExecutorService senders = Executors.newCachedThreadPool();
    private final Set<Viewer> viewers = ConcurrentHashMap.newKeySet();
    private @Nullable Future<?> ticking;

    LiveEvents(LiveStates states) {
        this.states = states;
    }

    /** @param busy whether it is still being sent a state */
    private record Viewer(SseEmitter events, AtomicBoolean busy) {}

    /** @throws ResponseStatusException if there are too many */
    SseEmitter watch() {
        return watch(new SseEmitter(FOREVER));
    }

    synchronized SseEmitter watch(SseEmitter events) {
        if (viewers.size() >= MOST_VIEWERS) {
            throw new ResponseStatusException(HttpStatus.SERVICE_UNAVAILABLE, MOST_VIEWERS + " watch already");
        }
        Viewer viewer = new Viewer(events, new AtomicBoolean());
        events.onCompletion(() -> leave(viewer));
        viewers.add(viewer);
        if (ticking == null) {
            ticking = clock.scheduleWithFixedDelay(this::send, 0, EVERY_MILLIS, TimeUnit.MILLISECONDS);
        }
        return events;
    }

    private void send() {
        LiveState state = states.now();
        for (Viewer viewer : viewers) {
            if (viewer.busy.compareAndSet(false, true)) {
                senders.execute(() -> send(viewer, state));
            }
        }
    }

    private void send(Viewer viewer, LiveState state) {
        try {
            viewer.events.send(SseEmitter.event().data(state, MediaType.APPLICATION_JSON));
        } catch (IOException | IllegalStateException gone) {
            leave(viewer);
        } finally {
            viewer.busy.set(false);
        }
    }

    private synchronized void leave(Viewer viewer) {
        viewers.remove(viewer);
        if (viewers.isEmpty() && ticking != null) {
            ticking.cancel(false);
            ticking = null;
        }
    }

    /** Before the server stops, which would wait for them. */
    @EventListener(ContextClosedEvent.class)
    void end() {
        viewers.forEach(viewer -> senders.execute(viewer.events::complete)); // of whom one may not be reading
    }

    @Override
    public void close() {
        clock.shutdownNow();
        senders.shutdownNow();
    }
}
