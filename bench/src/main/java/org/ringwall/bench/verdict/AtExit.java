// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.verdict;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An action that runs exactly once: on {@link #close}, or when the process is terminated before.
 */
public final class AtExit implements AutoCloseable {
    private final Runnable operation;
    private final AtomicBoolean done = new AtomicBoolean();
    private final Thread hook = new Thread(this::once, "take everything away");

    /** Registers the action. */
    public AtExit(Runnable operation) {
        this.operation = operation;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void once() {
        if (!done.getAndSet(true)) {
            operation.run();
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is exiting, and the shutdown hook runs or has run.
            return;
        }
        once();
    }
}
