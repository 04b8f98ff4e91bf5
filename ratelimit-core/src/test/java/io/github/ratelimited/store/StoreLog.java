package io.github.ratelimited.store;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What {@link FailSafeStore} logs, from its making on until it is closed. */
public final class StoreLog extends Handler {

    private final Logger logger = Logger.getLogger(FailSafeStore.class.getName());
    private final List<String> lines = new CopyOnWriteArrayList<>();

    public StoreLog() {
        logger.addHandler(this);
        logger.setUseParentHandlers(false);
    }

    /** Each by its level and message. */
    public List<String> lines() {
        return lines;
    }

    @Override
    public void publish(LogRecord entry) {
        lines.add(entry.getLevel() + " " + entry.getMessage());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
        logger.setUseParentHandlers(true);
    }
}
