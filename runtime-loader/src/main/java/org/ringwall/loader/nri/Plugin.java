// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.nri;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.ringwall.loader.nri.Messages.Event;

/**
 * A plugin that stays connected to a runtime: it connects again when the connection ends, and
 * tries with growing pauses while there is no runtime.
 *
 * <p>A runtime first sends a new plugin the list of its containers, and only then events. A
 * container that starts in between would be missed. So after each connect the plugin connects a
 * second time for the list alone: runtimes accept plugins one after the other, so the first
 * connection gets all events from before that list on.
 */
public final class Plugin implements AutoCloseable {
    private static final String NAME = "ringwall";
    /**
     * Plugins are called in the order of their indexes: last, after others have changed
     * containers.
     */
    private static final String INDEX = "90";

    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    /** How long a runtime may take from the connect to its list. */
    private final Duration patience;

    private final Path socket;
    private final Handler handler;
    private final ExecutorService worker = Executors.newSingleThreadExecutor(daemon("nri-containers"));
    private final ExecutorService comparer = Executors.newSingleThreadExecutor(daemon("nri-synchronize"));
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(daemon("nri-timer"));
    private final CountDownLatch end = new CountDownLatch(1);
    private final Set<Trunk> open = ConcurrentHashMap.newKeySet();
    private volatile String reported = "";

    /** Creates a plugin that is not connected yet. */
    public Plugin(Path socket, Handler handler) {
        this(socket, handler, Duration.ofSeconds(10));
    }

    Plugin(Path socket, Handler handler, Duration patience) {
        this.socket = socket;
        this.handler = handler;
        this.patience = patience;
    }

    private static ThreadFactory daemon(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Serves the runtime until {@link #close} is called. Call it once. */
    public void run() {
        Duration pause = FIRST_PAUSE;
        try {
            while (!end.await(0, TimeUnit.MILLISECONDS)) {
                pause = serve() ? FIRST_PAUSE : shorter(pause.multipliedBy(2), LONGEST_PAUSE);
                if (end.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            timer.shutdownNow();
            comparer.shutdown();
            worker.shutdown();
        }
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    /** Serves one connection; returns whether the runtime sent its list. */
    private boolean serve() {
        Guard guard = new Guard();
        try (Trunk trunk = Trunk.connect(socket)) {
            guard.over(trunk);
            open.add(trunk);
            Connection.Listener listener = new Connection.Listener() {
                @Override
                public void configured(String runtime) {
                    handler.connected(runtime);
                }

                @Override
                public boolean listed(List<PodContainer> containers) {
                    guard.pass();
                    comparer.execute(() -> handler.synchronize(containers));
                    comparer.execute(() -> listAgain(trunk));
                    reported = "";
                    return true;
                }
            };
            serve(trunk, List.of(Event.values()), listener);
        } catch (IOException e) {
            report(guard.reason(e));
        }
        return guard.passed();
    }

    private void serve(Trunk trunk, List<Event> events, Connection.Listener listener) throws IOException {
        try {
            if (end.getCount() > 0) {
                new Connection(trunk, handler, worker, events, listener).serve(NAME, INDEX);
            }
        } finally {
            open.remove(trunk);
        }
    }

    private void report(String reason) {
        if (end.getCount() > 0 && !reason.equals(reported)) {
            reported = reason;
            handler.disconnected(reason);
        }
    }

    /**
     * Gets the list once more; if that fails, ends the first connection, too, so that both begin
     * again.
     */
    private void listAgain(Trunk first) {
        List<PodContainer> found = new ArrayList<>();
        Guard guard = new Guard();
        try (Trunk trunk = Trunk.connect(socket)) {
            guard.over(trunk);
            open.add(trunk);
            Connection.Listener listener = new Connection.Listener() {
                @Override
                public void configured(String runtime) {
                    // The first connection has reported it.
                }

                @Override
                public boolean listed(List<PodContainer> containers) {
                    guard.pass();
                    found.addAll(containers);
                    return false;
                }
            };
            serve(trunk, List.of(Event.REMOVE_CONTAINER), listener);
            handler.synchronize(found);
        } catch (IOException e) {
            first.close();
        }
    }

    /**
     * Ends a connection on which the runtime sends no list. A runtime that could not send it keeps
     * the connection, and sends no events.
     */
    private final class Guard {
        private final AtomicBoolean done = new AtomicBoolean();
        private volatile boolean expired;

        /** Begins to wait. */
        void over(Trunk trunk) {
            try {
                Future<?> ignored = timer.schedule(() -> expire(trunk), patience.toMillis(), TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                // The plugin has ended.
                trunk.close();
            }
        }

        private void expire(Trunk trunk) {
            if (!done.get()) {
                expired = true;
                trunk.close();
            }
        }

        void pass() {
            done.set(true);
        }

        boolean passed() {
            return done.get();
        }

        String reason(IOException e) {
            return expired
                    ? "the runtime sent no list of its containers within " + patience.toMillis() + " ms"
                    : Optional.ofNullable(e.getMessage()).orElse("the connection was closed");
        }
    }

    /** Ends the plugin. Its policies stay in force. */
    @Override
    public void close() {
        end.countDown();
        open.forEach(Trunk::close);
    }
}
