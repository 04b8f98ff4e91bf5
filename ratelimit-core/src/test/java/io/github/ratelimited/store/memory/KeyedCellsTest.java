package io.github.ratelimited.store.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Limit;
import io.github.ratelimited.store.CompactAlgorithm;
import io.github.ratelimited.store.SlidingLog;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The cells of a limit's keys")
class KeyedCellsTest {

    private static final Limit LIMIT = Limit.of(5, Duration.ofSeconds(1));

    private static final long SECOND = 1_000_000_000L;

    private final MutableTimeSource time = new MutableTimeSource();
    private final KeyedCells cells = new KeyedCells();

    @Test
    void areFoundAfterAnyHistoryAsAMapFindsThem() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        Origin[] origins = {origin(LIMIT), origin(LIMIT.withBurst(7))};
        Map<Fingerprint, Long> expected = new HashMap<>();
        for (int step = 0; step < 200_000; step++) {
            Fingerprint id = collidingId(random.nextInt(2_000));
            Origin origin = origins[step / 50_000 % 2];
            change(random, id, origin, expected);
            if (step % 1_000 == 0) {
                walk();
            }
            assertThat(state(id)).as("seed %s, step %s", seed, step).isEqualTo(expected.get(id));
        }
        expected.forEach(
                (id, state) -> assertThat(state(id)).as("seed %s", seed).isEqualTo(state));
        assertThat(all()).as("seed %s", seed).isEqualTo(expected);
    }

    /** One of: add, change the state, let another cell take the place, remove. */
    private void change(Random random, Fingerprint id, Origin origin, Map<Fingerprint, Long> expected) {
        long state = random.nextInt();
        Cell cell = cells.find(id);
        if (cell == null) {
            assertThat(put(id, new LoneCell(origin, state))).isNull();
            expected.put(id, state);
            return;
        }
        assertThat(put(id, new LoneCell(origin, state)).state()).isEqualTo(expected.get(id));
        long locked = cell.lock();
        switch (random.nextInt(4)) {
            case 0 -> {
                cell.unlock(state);
                expected.put(id, state);
            }
            case 1 -> {
                cells.replace(id, cell, new LoneCell(origin, state));
                expected.put(id, state);
            }
            case 2 -> {
                cell.unlock(Cell.RETIRED);
                assertThat(cells.remove(id, cell)).isTrue();
                assertThat(cells.remove(id, cell)).isFalse();
                expected.remove(id);
            }
            default -> cell.unlock(locked);
        }
    }

    @Test
    void keepALogBesideTheTable() {
        Limit window = LIMIT.withAlgorithm(io.github.ratelimited.Algorithm.SLIDING_WINDOW);
        Cell log = new LogCell(window, new SlidingLog(window), 0);
        Fingerprint id = collidingId(1);
        put(id, log);
        for (int i = 2; i < 100; i++) {
            put(collidingId(i), new LoneCell(origin(LIMIT), i));
        }
        assertThat(cells.find(id)).isSameAs(log);
        cells.replace(id, log, new LoneCell(origin(LIMIT), 7));
        assertThat(state(id)).isEqualTo(7);
    }

    @Test
    void giveTheirMemoryBackWhenTheyAreGone() {
        Origin origin = origin(LIMIT);
        for (int i = 0; i < 10_000; i++) {
            put(collidingId(i), new LoneCell(origin, i));
        }
        int none = new KeyedCellsTest().slots();
        assertThat(slots()).isGreaterThan(10_000 + none);
        all().keySet().forEach(id -> {
            Cell cell = cells.find(id);
            cell.lock();
            cell.unlock(Cell.RETIRED);
            cells.remove(id, cell);
        });
        walk();
        assertThat(slots()).isEqualTo(none);
    }

    @Test
    void areInTheTableAgainOnceMostAreOfTheNewNumbers() {
        Origin before = origin(LIMIT);
        Origin after = origin(LIMIT.withBurst(7));
        for (int i = 0; i < 1_000; i++) {
            put(collidingId(i), new LoneCell(before, i));
        }
        for (int i = 0; i < 1_000; i++) {
            Cell cell = cells.find(collidingId(i));
            cell.lock();
            cells.replace(collidingId(i), cell, new LoneCell(after, i));
        }
        assertThat(cells.find(collidingId(3))).isInstanceOf(LoneCell.class);
        walk();
        assertThat(cells.find(collidingId(3))).isInstanceOf(SlotCell.class);
        assertThat(((CompactCell) cells.find(collidingId(3))).origin).isSameAs(after);
        assertThat(all()).hasSize(1_000);
    }

    @Test
    void areOneCellWhereverSomebodyLooks() {
        put(collidingId(1), new LoneCell(origin(LIMIT), 1));
        Cell first = cells.find(collidingId(1));
        assertThat(first.isSame(cells.find(collidingId(1)))).isTrue();
        put(collidingId(2), new LoneCell(origin(LIMIT), 1));
        assertThat(first.isSame(cells.find(collidingId(2)))).isFalse();
    }

    @Test
    void stayInTheTableAndMeanTheSameWhenOnlyTimeHasPassed() {
        Origin before = origin(LIMIT);
        for (int i = 0; i < 1_000; i++) {
            put(collidingId(i), new LoneCell(before, SECOND + i));
        }
        Origin after = origin(LIMIT);
        cells.renew(collidingId(1), after, time.nanoTime());
        Cell renewed = cells.find(collidingId(1));
        assertThat(renewed).isInstanceOf(SlotCell.class);
        assertThat(((CompactCell) renewed).origin).isSameAs(after);
        assertThat(renewed.state()).isEqualTo(1); // a second has passed, of a second and a nanosecond
        assertThat(((CompactCell) cells.find(collidingId(4))).origin).isSameAs(after); // of the same table
    }

    @Test
    void giveMemoryBackInTheRoundThatEmptiesThem() {
        int none = slots();
        Origin origin = origin(LIMIT);
        for (int i = 0; i < 10_000; i++) {
            put(collidingId(i), new LoneCell(origin, i));
        }
        for (KeyedCells.Round round = cells.new Round(); round.hasNext(); ) {
            Cell cell = round.next(time.nanoTime());
            if (cell != null) {
                cell.lock();
                cell.unlock(Cell.RETIRED);
                cells.remove(round.id(), cell);
                round.gone();
            }
        }
        assertThat(slots()).isEqualTo(none);
    }

    private @Nullable Cell put(Fingerprint id, Cell cell) {
        return cells.putIfAbsent(id, cell, time.nanoTime());
    }

    /** Each a second later than the one before. */
    private Origin origin(Limit limit) {
        time.advance(Duration.ofSeconds(1));
        return new Origin(limit, CompactAlgorithm.of(limit), time, time.nanoTime());
    }

    /** Many of one table, and many of the same place in it. */
    private static Fingerprint collidingId(int number) {
        return new Fingerprint(((long) number % 3 << 56) | (number / 8 + 1), number);
    }

    private @Nullable Long state(Fingerprint id) {
        Cell cell = cells.find(id);
        return cell == null ? null : cell.state();
    }

    private void walk() {
        for (KeyedCells.Round round = cells.new Round(); round.hasNext(); ) {
            round.next(time.nanoTime());
        }
    }

    private int slots() {
        int slots = 0;
        for (KeyedCells.Round round = cells.new Round(); round.hasNext(); slots++) {
            round.next(time.nanoTime());
        }
        return slots;
    }

    private Map<Fingerprint, Long> all() {
        Map<Fingerprint, Long> all = new LinkedHashMap<>();
        for (KeyedCells.Round round = cells.new Round(); round.hasNext(); ) {
            Cell cell = round.next(time.nanoTime());
            if (cell != null) {
                all.put(round.id(), cell.state());
            }
        }
        return all;
    }
}
