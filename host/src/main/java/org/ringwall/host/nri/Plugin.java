// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.nri;

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
import org.ringwall.host.nri.Messages.Event;

/**
 * A plugin that stays connected to a runtime. It reconnects when a connection ends, with
 * exponential backoff while there is no runtime.
 *
 * <p>A runtime sends a new plugin the list of its containers, and events only after that. An event
 * between the two would be lost. So after each connect the plugin connects a second time, only for
 * the list. Runtimes accept one plugin after the other, so every container is in this second list
 * or in an event of the first connection.
 */
public final class Plugin implements AutoCloseable {
    private static final String NAME = "ringwall";
    /** The index, by which runtimes order plugins: late, after plugins that change containers. */
    private static final String INDEX = "90";

    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(1);

    /** The time limit from the connect to the list of containers. */
    private final Duration maxListDelay;

    private final Path socket;
    private final Handler handler;
    private final ExecutorService worker = Executors.newSingleThreadExecutor(daemon("nri-containers"));
    private final ExecutorService comparer = Executors.newSingleThreadExecutor(daemon("nri-synchronize"));
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(daemon("nri-timer"));
    private final CountDownLatch end = new CountDownLatch(1);
    private final Set<MultiplexedSocket> open = ConcurrentHashMap.newKeySet();
    private volatile String reported = "";

    /** Creates a plugin that is not connected yet. */
    public Plugin(Path socket, Handler handler) {
        this(socket, handler, Duration.ofSeconds(10));
    }

    Plugin(Path socket, Handler handler, Duration maxListDelay) {
        this.socket = socket;
        this.handler = handler;
        this.maxListDelay = maxListDelay;
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
                pause = serve() ? FIRST_PAUSE : shorter(pause.multipliedBy(2), MAX_PAUSE);
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

    /** Serves one connection until it ends; returns whether the runtime sent its list. */
    private boolean serve() {
        ListTimeout listTimeout = new ListTimeout();
        try (MultiplexedSocket connection = MultiplexedSocket.connect(socket)) {
            listTimeout.start(connection);
            open.add(connection);
            PluginSession.Listener listener = new PluginSession.Listener() {
                @Override
                public void configured(String runtime) {
                    handler.connected(runtime);
                }

                @Override
                public boolean listed(List<PodContainer> containers) {
                    listTimeout.stop();
                    comparer.execute(() -> handler.synchronize(containers));
                    comparer.execute(() -> relist(connection));
                    reported = "";
                    return true;
                }
            };
            serve(connection, List.of(Event.values()), listener);
        } catch (IOException e) {
            report(listTimeout.reason(e));
        }
        return listTimeout.isStopped();
    }

    private void serve(MultiplexedSocket connection, List<Event> events, PluginSession.Listener listener)
            throws IOException {
        try {
            if (end.getCount() > 0) {
                new PluginSession(connection, handler, worker, events, listener).serve(NAME, INDEX);
            }
        } finally {
            open.remove(connection);
        }
    }

    private void report(String reason) {
        if (end.getCount() > 0 && !reason.equals(reported)) {
            reported = reason;
            handler.disconnected(reason);
        }
    }

    /**
     * Gets the list on a second connection. If that fails, closes the first connection, so that
     * both are made again.
     */
    private void relist(MultiplexedSocket first) {
        List<PodContainer> found = new ArrayList<>();
        ListTimeout listTimeout = new ListTimeout();
        try (MultiplexedSocket connection = MultiplexedSocket.connect(socket)) {
            listTimeout.start(connection);
            open.add(connection);
            PluginSession.Listener listener = new PluginSession.Listener() {
                @Override
                public void configured(String runtime) {
                    // The first connection has reported it.
                }

                @Override
                public boolean listed(List<PodContainer> containers) {
                    listTimeout.stop();
                    found.addAll(containers);
                    return false;
                }
            };
            serve(connection, List.of(Event.REMOVE_CONTAINER), listener);
            handler.synchronize(found);
        } catch (IOException e) {
            first.close();
        }
    }

    /**
     * A timeout that closes a connection on which the runtime does not send its list. A runtime
     * that failed to send it keeps the connection open, but sends no events.
     */
    private final class ListTimeout {
        private final AtomicBoolean done = new AtomicBoolean();
        private volatile boolean expired;

        /** Starts the timeout for a connection. */
        void start(MultiplexedSocket connection) {
            try {
                Future<?> ignored =
                        timer.schedule(() -> expire(connection), maxListDelay.toMillis(), TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                // The plugin has ended.
                connection.close();
            }
        }

        private void expire(MultiplexedSocket connection) {
            if (!done.get()) {
                expired = true;
                connection.close();
            }
        }

        void stop() {
            done.set(true);
        }

        boolean isStopped() {
            return done.get();
        }

        String reason(IOException e) {
            return expired
                    ? "the runtime sent no list of its containers within " + maxListDelay.toMillis() + " ms"
                    : Optional.ofNullable(e.getMessage()).orElse("the connection was closed");
        }
    }

    /** Ends the plugin. Its policies stay in force. */
    @Override
    public void close() {
        end.countDown();
        open.forEach(MultiplexedSocket::close);
    }
}
