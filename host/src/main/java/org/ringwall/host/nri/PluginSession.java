// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.nri;

import java.io.IOException;
import java.net.ProtocolException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.ringwall.host.nri.Messages.Event;
import org.ringwall.host.nri.Messages.Status;

/**
 * A session of a plugin with a runtime, from its registration to the end of the connection. Every
 * call is answered before the timeout of the runtime, which starts the container after a timeout.
 */
final class PluginSession {
    /** The limit for a call without a timeout; runtimes wait 2 s (DefaultPluginRequestTimeout). */
    private static final Duration DEFAULT_LIMIT = Duration.ofMillis(1500);

    private static final int REGISTRATION = 1;

    private final MultiplexedSocket socket;
    private final Handler handler;
    private final Executor worker;
    private final List<Event> events;
    private final Listener listener;
    private int lastStream;
    private boolean registered;
    private boolean ended;
    private Messages.Inventory inventory = new Messages.Inventory(List.of(), List.of(), false);

    /** The receiver of events of the session itself. Its methods must not block. */
    interface Listener {
        /** Called when the runtime has accepted the plugin, with its name and version. */
        void configured(String runtime);

        /** Called with the containers that exist. Returns false to end the session. */
        boolean listed(List<PodContainer> containers);
    }

    /**
     * Creates a session.
     *
     * @param worker a single thread that runs the handler
     * @param events the events to subscribe to; at least one
     */
    PluginSession(MultiplexedSocket socket, Handler handler, Executor worker, List<Event> events, Listener listener) {
        this.socket = socket;
        this.handler = handler;
        this.worker = worker;
        this.events = List.copyOf(events);
        this.listener = listener;
    }

    /**
     * Registers the plugin and serves calls until {@link Listener#listed} returns false.
     *
     * @throws IOException if the connection fails or the runtime closes it, with the reason
     */
    void serve(String name, String index) throws IOException {
        socket.write(new TtrpcMessage(
                TtrpcMessage.RUNTIME, REGISTRATION, TtrpcMessage.REQUEST, Messages.registerRequest(name, index)));
        while (!ended) {
            TtrpcMessage message = socket.read();
            if (message.connection() == TtrpcMessage.RUNTIME) {
                registration(message);
            } else {
                checkRequest(message);
                byte[] answer = answer(Messages.Call.read(message.data()));
                socket.write(new TtrpcMessage(TtrpcMessage.PLUGIN, message.stream(), TtrpcMessage.RESPONSE, answer));
            }
        }
    }

    private void registration(TtrpcMessage message) throws IOException {
        if (message.type() != TtrpcMessage.RESPONSE || message.stream() != REGISTRATION || registered) {
            throw new ProtocolException("the runtime answered a call that was not made");
        }
        registered = true;
        Optional<String> failure = Messages.error(message.data());
        if (failure.isPresent()) {
            throw new IOException("the runtime refused the plugin: " + failure.get());
        }
    }

    /** Checks that a stream is odd and greater than the last one, as ttrpc requires of clients. */
    private void checkRequest(TtrpcMessage message) throws ProtocolException {
        if (message.type() != TtrpcMessage.REQUEST) {
            throw new ProtocolException("a message of the unknown type " + message.type());
        }
        if (message.stream() % 2 == 0 || Integer.compareUnsigned(message.stream(), lastStream) <= 0) {
            throw new ProtocolException(
                    "the stream " + Integer.toUnsignedString(message.stream()) + " is not a new one");
        }
        lastStream = message.stream();
    }

    private byte[] answer(Messages.Call call) {
        try {
            return switch (call.method()) {
                case "Configure" -> configure(call.payload());
                case "Synchronize" -> synchronize(call.payload());
                case "CreateContainer" ->
                    change(call, Messages.Change.ofRequest(Event.CREATE_CONTAINER, call.payload()));
                case "StopContainer" -> change(call, Messages.Change.ofRequest(Event.STOP_CONTAINER, call.payload()));
                case "StateChange" -> change(call, Messages.Change.ofStateChange(call.payload()));
                case "Shutdown" -> Messages.response(new byte[0]);
                // Newer runtimes call other methods first, and StateChange after UNIMPLEMENTED.
                default -> Messages.errorResponse(Status.UNIMPLEMENTED, "ringwall has no method " + call.method());
            };
        } catch (ProtocolException e) {
            return Messages.errorResponse(Status.INVALID_ARGUMENT, "ringwall: " + e.getMessage());
        }
    }

    private byte[] configure(byte[] payload) throws ProtocolException {
        listener.configured(Messages.runtimeName(payload));
        return Messages.response(Messages.configureResponse(events));
    }

    private byte[] synchronize(byte[] payload) throws ProtocolException {
        inventory = inventory.plus(Messages.Inventory.read(payload));
        boolean more = inventory.more();
        if (!more) {
            ended = !listener.listed(inventory.withPodAnnotations());
            inventory = new Messages.Inventory(List.of(), List.of(), false);
        }
        return Messages.response(Messages.synchronizeResponse(more));
    }

    private byte[] change(Messages.Call call, Messages.Change change) throws ProtocolException {
        byte[] done = Messages.response(new byte[0]);
        if (change.event().isEmpty()) {
            return done;
        }
        PodContainer container =
                change.container().orElseThrow(() -> new ProtocolException("the event has no container"));
        if (!handler.concerns(container)) {
            return done;
        }
        return switch (change.event().get()) {
            case CREATE_CONTAINER -> judged(call, () -> handler.creating(container), () -> {});
            // The worker runs `ended` after the late `starting`.
            case START_CONTAINER ->
                judged(call, () -> handler.starting(container), () -> worker.execute(() -> handler.ended(container)));
            case STOP_CONTAINER, REMOVE_CONTAINER -> {
                worker.execute(() -> handler.ended(container));
                yield done;
            }
        };
    }

    /**
     * Returns the response to a call. If the verdict takes too long, runs {@code late} and fails.
     */
    private byte[] judged(Messages.Call call, Supplier<Optional<String>> verdict, Runnable late) {
        long limit = limit(call.timeout()).toMillis();
        try {
            return CompletableFuture.supplyAsync(verdict, worker)
                    .get(limit, TimeUnit.MILLISECONDS)
                    .map(reason -> Messages.errorResponse(Status.FAILED_PRECONDITION, "ringwall: " + reason))
                    .orElseGet(() -> Messages.response(new byte[0]));
        } catch (TimeoutException e) {
            late.run();
            return Messages.errorResponse(
                    Status.DEADLINE_EXCEEDED, "ringwall: no policy could be put in force within " + limit + " ms");
        } catch (ExecutionException e) {
            return Messages.errorResponse(Status.INTERNAL, "ringwall: " + e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Messages.errorResponse(Status.INTERNAL, "ringwall: the plugin ends");
        }
    }

    /** Returns the time limit of a call: three quarters of the timeout of the runtime. */
    static Duration limit(Duration timeout) {
        return timeout.isZero() ? DEFAULT_LIMIT : timeout.multipliedBy(3).dividedBy(4);
    }
}
