package org.ringwall.bench.verdict;

import java.util.concurrent.atomic.AtomicBoolean;

/** Does something once: when it is closed, or when somebody ends the process before. */
public final class AtExit implements AutoCloseable {
    private final Runnable deed;
    private final AtomicBoolean done = new AtomicBoolean();
    private final Thread hook = new Thread(this::once, "take everything away");

    /** `deed` is done once. */
    public AtExit(Runnable deed) {
        this.deed = deed;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void once() {
        if (!done.getAndSet(true)) {
            deed.run();
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process ends already, and the hook runs or has run.
            return;
        }
        once();
    }
}
