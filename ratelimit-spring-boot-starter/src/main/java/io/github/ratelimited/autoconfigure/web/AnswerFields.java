package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.Decision;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.DecisionListener;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The header fields by which one answer tells of the limits that were asked for it, the tightest first. A response is
 * written by one thread at a time: what another one brings is told when the next one takes over.
 */
final class AnswerFields implements DecisionListener {

    /** The attribute of a request that holds those of its answer. */
    static final String OF_REQUEST = AnswerFields.class.getName();

    private static final Comparator<Decision> TIGHTEST = Comparator.comparing((Decision part) -> part.allowed())
            .thenComparingDouble(part -> 1.0 * part.remaining() / part.limit().burst())
            .thenComparing(Decision::resetAfter, Comparator.reverseOrder());

    private final AnswerStyle style;
    private final BiConsumer<String, String> answer;
    private final List<Decision> parts = new ArrayList<>(2);
    private @Nullable Thread writer;
    private boolean over;

    /**
     * Fields of an answer.
     *
     * @param answer sets a field, if that is still possible
     */
    AnswerFields(AnswerStyle style, BiConsumer<String, String> answer) {
        this.style = style;
        this.answer = answer;
    }

    @Override
    public void decided(AcquireRequest request, Decision decision) {
        decided(decision);
    }

    synchronized void decided(Decision decision) {
        if (over) {
            return;
        }
        List<Decision> decided = decision.parts();
        for (int i = 0; i < decided.size(); i++) {
            Decision part = decided.get(i);
            if (style.tells(part)) {
                add(part, decided.subList(0, i));
            }
        }
        if (Thread.currentThread().equals(writer)) {
            write();
        }
    }

    /** In the place of what was known of its limit, unless that is of the same decision, for another key, and tighter. */
    private void add(Decision part, List<Decision> before) {
        for (int i = 0; i < parts.size(); i++) {
            Decision known = parts.get(i);
            if (known.limitName().equals(part.limitName())) {
                if (!before.contains(known) || TIGHTEST.compare(part, known) < 0) {
                    parts.set(i, part);
                }
                return;
            }
        }
        parts.add(part);
    }

    /** This thread writes the response from now on. */
    synchronized void takeOver() {
        writer = Thread.currentThread();
        write();
    }

    /** Nobody writes it until another thread takes over. */
    synchronized void letGo() {
        writer = null;
    }

    synchronized void write() {
        if (over || parts.isEmpty()) {
            return;
        }
        if (parts.size() > 1) {
            parts.sort(TIGHTEST);
        }
        style.tell(parts, answer);
    }

    /** The answer has been given: from now on its response may be another request's. */
    synchronized void over() {
        over = true;
        writer = null;
    }
}
