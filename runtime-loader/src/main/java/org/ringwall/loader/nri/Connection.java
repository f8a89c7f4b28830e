// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.nri;

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
import org.ringwall.loader.nri.Messages.Event;
import org.ringwall.loader.nri.Messages.Status;

/**
 * One connection of a plugin to a runtime, from its registration to its end. Calls are answered
 * before the runtime gives up waiting, because it starts the container then.
 */
final class Connection {
    /** How long runtimes wait by default is 2 s (NRI, DefaultPluginRequestTimeout). */
    private static final Duration LONGEST = Duration.ofMillis(1500);

    private static final int REGISTRATION = 1;

    private final Trunk trunk;
    private final Handler handler;
    private final Executor worker;
    private final List<Event> events;
    private final Listener listener;
    private int lastStream;
    private boolean registered;
    private boolean ended;
    private Messages.Inventory inventory = new Messages.Inventory(List.of(), List.of(), false);

    /** What the connection itself learns. Its methods must not block. */
    interface Listener {
        /** The runtime, with its version, has accepted the plugin. */
        void configured(String runtime);

        /** These containers exist. Returns whether the connection goes on. */
        boolean listed(List<PodContainer> containers);
    }

    /**
     * Creates a connection.
     *
     * @param worker runs the handler for one container after the other
     * @param events what to subscribe to; at least one
     */
    Connection(Trunk trunk, Handler handler, Executor worker, List<Event> events, Listener listener) {
        this.trunk = trunk;
        this.handler = handler;
        this.worker = worker;
        this.events = List.copyOf(events);
        this.listener = listener;
    }

    /**
     * Registers the plugin and serves calls until the listener ends the connection.
     *
     * @throws IOException if the connection ends otherwise, with the reason
     */
    void serve(String name, String index) throws IOException {
        trunk.write(new Frame(Frame.RUNTIME, REGISTRATION, Frame.REQUEST, Messages.register(name, index)));
        while (!ended) {
            Frame frame = trunk.read();
            if (frame.connection() == Frame.RUNTIME) {
                registration(frame);
            } else {
                checkRequest(frame);
                byte[] answer = answer(Messages.Call.read(frame.data()));
                trunk.write(new Frame(Frame.PLUGIN, frame.stream(), Frame.RESPONSE, answer));
            }
        }
    }

    private void registration(Frame frame) throws IOException {
        if (frame.kind() != Frame.RESPONSE || frame.stream() != REGISTRATION || registered) {
            throw new ProtocolException("the runtime answered a call that was not made");
        }
        registered = true;
        Optional<String> failure = Messages.failure(frame.data());
        if (failure.isPresent()) {
            throw new IOException("the runtime refused the plugin: " + failure.get());
        }
    }

    /** Checks that a stream is odd and greater than the last one, as ttrpc demands of clients. */
    private void checkRequest(Frame frame) throws ProtocolException {
        if (frame.kind() != Frame.REQUEST) {
            throw new ProtocolException("a message of the unknown type " + frame.kind());
        }
        if (frame.stream() % 2 == 0 || Integer.compareUnsigned(frame.stream(), lastStream) <= 0) {
            throw new ProtocolException("the stream " + Integer.toUnsignedString(frame.stream()) + " is not a new one");
        }
        lastStream = frame.stream();
    }

    private byte[] answer(Messages.Call call) {
        try {
            return switch (call.method()) {
                case "Configure" -> configure(call.payload());
                case "Synchronize" -> synchronize(call.payload());
                case "CreateContainer" -> change(call, Messages.Change.of(Event.CREATE_CONTAINER, call.payload()));
                case "StopContainer" -> change(call, Messages.Change.of(Event.STOP_CONTAINER, call.payload()));
                case "StateChange" -> change(call, Messages.Change.state(call.payload()));
                case "Shutdown" -> Messages.answer(new byte[0]);
                // Later runtimes fall back to StateChange.
                default -> Messages.failure(Status.UNIMPLEMENTED, "ringwall has no method " + call.method());
            };
        } catch (ProtocolException e) {
            return Messages.failure(Status.INVALID_ARGUMENT, "ringwall: " + e.getMessage());
        }
    }

    private byte[] configure(byte[] payload) throws ProtocolException {
        listener.configured(Messages.runtime(payload));
        return Messages.answer(Messages.subscribe(events));
    }

    private byte[] synchronize(byte[] payload) throws ProtocolException {
        inventory = inventory.and(Messages.Inventory.read(payload));
        boolean more = inventory.more();
        if (!more) {
            ended = !listener.listed(inventory.joined());
            inventory = new Messages.Inventory(List.of(), List.of(), false);
        }
        return Messages.answer(Messages.more(more));
    }

    private byte[] change(Messages.Call call, Messages.Change change) throws ProtocolException {
        byte[] done = Messages.answer(new byte[0]);
        if (change.event().isEmpty()) {
            return done;
        }
        PodContainer container =
                change.container().orElseThrow(() -> new ProtocolException("the event is about no container"));
        if (!handler.concerns(container)) {
            return done;
        }
        return switch (change.event().get()) {
            case CREATE_CONTAINER -> judged(call, () -> handler.creating(container), () -> {});
            // The worker does this after the start.
            case START_CONTAINER ->
                judged(call, () -> handler.starting(container), () -> worker.execute(() -> handler.ended(container)));
            case STOP_CONTAINER, REMOVE_CONTAINER -> {
                worker.execute(() -> handler.ended(container));
                yield done;
            }
        };
    }

    /** Returns the answer to a call, after {@code late} if the verdict takes too long. */
    private byte[] judged(Messages.Call call, Supplier<Optional<String>> verdict, Runnable late) {
        long limit = limit(call.timeout()).toMillis();
        try {
            return CompletableFuture.supplyAsync(verdict, worker)
                    .get(limit, TimeUnit.MILLISECONDS)
                    .map(reason -> Messages.failure(Status.FAILED_PRECONDITION, "ringwall: " + reason))
                    .orElseGet(() -> Messages.answer(new byte[0]));
        } catch (TimeoutException e) {
            late.run();
            return Messages.failure(
                    Status.DEADLINE_EXCEEDED, "ringwall: no policy could be put in force within " + limit + " ms");
        } catch (ExecutionException e) {
            return Messages.failure(Status.INTERNAL, "ringwall: " + e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Messages.failure(Status.INTERNAL, "ringwall: the plugin ends");
        }
    }

    /** Returns how long a call may take: three quarters of the time that the runtime waits. */
    static Duration limit(Duration timeout) {
        return timeout.isZero() ? LONGEST : timeout.multipliedBy(3).dividedBy(4);
    }
}
