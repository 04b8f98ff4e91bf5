package io.github.ratelimited.sample.live;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** How many calls were allowed, waited and were denied, in each second of the last minute. */
final class Tally {

    private static final int SECONDS = 60;

    private final Deque<Second> seconds = new ArrayDeque<>();

    /** What became of a call, at the moment when that was settled. */
    enum Outcome {
        ALLOWED,
        WAITED,
        DENIED
    }

    /** @param second since the epoch, so that those of all nodes of a machine are the same */
    record Second(long second, long allowed, long waited, long denied) {

        private Second plus(Outcome outcome) {
            return switch (outcome) {
                case ALLOWED -> new Second(second, allowed + 1, waited, denied);
                case WAITED -> new Second(second, allowed, waited + 1, denied);
                case DENIED -> new Second(second, allowed, waited, denied + 1);
            };
        }
    }

    synchronized void count(Outcome outcome, long now) {
        Second last = seconds.peekLast();
        // a clock that goes back stands still
        Second current = last == null || last.second < now ? new Second(now, 0, 0, 0) : seconds.removeLast();
        seconds.addLast(current.plus(outcome));
        forget(now);
    }

    /** Those in which there was a call, in order. */
    synchronized List<Second> lastMinute(long now) {
        forget(now);
        return List.copyOf(seconds);
    }

    private void forget(long now) {
        while (!seconds.isEmpty() && seconds.getFirst().second <= now - SECONDS) {
            seconds.removeFirst();
        }
    }
}
