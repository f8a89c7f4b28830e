// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.nri;

import java.net.ProtocolException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.ringwall.host.protobuf.WireReader;
import org.ringwall.host.protobuf.WireWriter;

/**
 * The messages of ttrpc and NRI that the plugin reads and writes (request.proto of ttrpc,
 * pkg/api/api.proto of NRI). Unknown and unused fields are skipped.
 */
final class Messages {
    /** The version of NRI that the plugin declares. */
    private static final String VERSION = "v0.6.1";

    private static final String RUNTIME_SERVICE = "nri.pkg.api.v1alpha1.Runtime";
    private static final String PLUGIN_SERVICE = "nri.pkg.api.v1alpha1.Plugin";

    private Messages() {}

    /** The events to which this plugin can subscribe, with the numbers of NRI's enum Event. */
    enum Event {
        CREATE_CONTAINER(4),
        START_CONTAINER(6),
        STOP_CONTAINER(10),
        REMOVE_CONTAINER(11);

        private final int number;

        Event(int number) {
            this.number = number;
        }

        private int bit() {
            return 1 << (number - 1);
        }

        private static Optional<Event> of(long number) {
            for (Event event : values()) {
                if (event.number == number) {
                    return Optional.of(event);
                }
            }
            return Optional.empty();
        }
    }

    /** The gRPC status codes with which this plugin answers. */
    enum Status {
        INVALID_ARGUMENT(3),
        DEADLINE_EXCEEDED(4),
        FAILED_PRECONDITION(9),
        UNIMPLEMENTED(12),
        INTERNAL(13);

        private final int number;

        Status(int number) {
            this.number = number;
        }
    }

    /**
     * A call of the runtime.
     *
     * @param method empty if the call is to another service
     * @param timeout how long the runtime waits; zero if the call has no timeout
     */
    record Call(String method, byte[] payload, Duration timeout) {
        private static final int SERVICE = 1;
        private static final int METHOD = 2;
        private static final int PAYLOAD = 3;
        private static final int TIMEOUT = 4;

        /** Parses a ttrpc {@code Request}. */
        static Call read(byte[] data) throws ProtocolException {
            WireReader message = new WireReader(data);
            String service = "";
            String method = "";
            byte[] payload = {};
            long timeout = 0;
            while (message.next()) {
                switch (message.field()) {
                    case SERVICE -> service = message.text();
                    case METHOD -> method = message.text();
                    case PAYLOAD -> payload = message.bytes();
                    case TIMEOUT -> timeout = message.number();
                    default -> message.skip();
                }
            }
            return new Call(
                    service.equals(PLUGIN_SERVICE) ? method : "", payload, Duration.ofNanos(Math.max(0, timeout)));
        }
    }

    /** Returns the ttrpc {@code Request} that registers a plugin. */
    static byte[] registerRequest(String name, String index) {
        byte[] payload =
                new WireWriter().text(1, name).text(2, index).text(3, VERSION).message();
        return new WireWriter()
                .text(Call.SERVICE, RUNTIME_SERVICE)
                .text(Call.METHOD, "RegisterPlugin")
                .bytes(Call.PAYLOAD, payload)
                .message();
    }

    /** Returns a ttrpc {@code Response} with this payload. */
    static byte[] response(byte[] payload) {
        return new WireWriter().bytes(2, payload).message();
    }

    /** Returns a ttrpc {@code Response} that reports an error. */
    static byte[] errorResponse(Status code, String message) {
        byte[] status = new WireWriter().number(1, code.number).text(2, message).message();
        return new WireWriter().bytes(1, status).message();
    }

    /** Returns the error in a ttrpc {@code Response}; empty if the call succeeded. */
    static Optional<String> error(byte[] answer) throws ProtocolException {
        WireReader message = new WireReader(answer);
        Optional<String> failure = Optional.empty();
        while (message.next()) {
            if (message.field() == 1) {
                failure = status(message.message());
            }
        }
        return failure;
    }

    private static Optional<String> status(WireReader message) throws ProtocolException {
        long code = 0;
        String text = "";
        while (message.next()) {
            switch (message.field()) {
                case 1 -> code = message.number();
                case 2 -> text = message.text();
                default -> message.skip();
            }
        }
        return code == 0 ? Optional.empty() : Optional.of(text.isEmpty() ? "code " + code : text);
    }

    /** Returns the name and the version of the runtime in a {@code ConfigureRequest}. */
    static String runtimeName(byte[] payload) throws ProtocolException {
        WireReader message = new WireReader(payload);
        String name = "";
        String version = "";
        while (message.next()) {
            switch (message.field()) {
                case 2 -> name = message.text();
                case 3 -> version = message.text();
                default -> message.skip();
            }
        }
        return (name + " " + version).strip();
    }

    /** Returns a {@code ConfigureResponse} that subscribes to events. */
    static byte[] configureResponse(List<Event> events) {
        int mask = events.stream().mapToInt(Event::bit).reduce(0, (a, b) -> a | b);
        return new WireWriter().number(2, mask).message();
    }

    /**
     * The pods and containers in one or more {@code SynchronizeRequest} messages.
     *
     * @param more whether another message follows
     */
    record Inventory(List<PodContainer.Pod> pods, List<PodContainer> containers, boolean more) {
        Inventory {
            pods = List.copyOf(pods);
            containers = List.copyOf(containers);
        }

        /** Parses a {@code SynchronizeRequest}. */
        static Inventory read(byte[] payload) throws ProtocolException {
            WireReader message = new WireReader(payload);
            List<PodContainer.Pod> pods = new ArrayList<>();
            List<PodContainer> containers = new ArrayList<>();
            boolean more = false;
            while (message.next()) {
                switch (message.field()) {
                    case 1 -> pods.add(PodContainer.Pod.read(message.message()));
                    case 2 -> containers.add(PodContainer.read(message.message()));
                    case 3 -> more = message.number() != 0;
                    default -> message.skip();
                }
            }
            return new Inventory(pods, containers, more);
        }

        /** Returns the content of this and of the next message. */
        Inventory plus(Inventory next) {
            List<PodContainer.Pod> allPods = new ArrayList<>(pods);
            allPods.addAll(next.pods);
            List<PodContainer> all = new ArrayList<>(containers);
            all.addAll(next.containers);
            return new Inventory(allPods, all, next.more);
        }

        /** Returns the containers, each with the annotations of its pod. */
        List<PodContainer> withPodAnnotations() {
            Map<String, PodContainer.Pod> byId = pods.stream()
                    .collect(Collectors.toMap(PodContainer.Pod::id, Function.identity(), (first, second) -> second));
            return containers.stream()
                    .map(container ->
                            container.withAnnotationsOf(byId.getOrDefault(container.pod(), PodContainer.Pod.NONE)))
                    .toList();
        }
    }

    /** Returns a {@code SynchronizeResponse}; `more` requests the next message. */
    static byte[] synchronizeResponse(boolean more) {
        return more ? new WireWriter().number(2, 1).message() : new byte[0];
    }

    /**
     * An event of a container.
     *
     * @param event empty for an event that the plugin does not know
     */
    record Change(Optional<Event> event, Optional<PodContainer> container) {
        /** Parses a {@code StateChangeEvent}. */
        static Change ofStateChange(byte[] payload) throws ProtocolException {
            return read(payload, 1, Optional.empty());
        }

        /** Parses a {@code CreateContainerRequest} or {@code StopContainerRequest}. */
        static Change ofRequest(Event event, byte[] payload) throws ProtocolException {
            return read(payload, 0, Optional.of(event));
        }

        private static Change read(byte[] payload, int before, Optional<Event> known) throws ProtocolException {
            WireReader message = new WireReader(payload);
            Optional<Event> event = known;
            PodContainer.Pod pod = PodContainer.Pod.NONE;
            Optional<PodContainer> container = Optional.empty();
            while (message.next()) {
                switch (message.field() - before) {
                    case 0 -> event = Event.of(message.number());
                    case 1 -> pod = PodContainer.Pod.read(message.message());
                    case 2 -> container = Optional.of(PodContainer.read(message.message()));
                    default -> message.skip();
                }
            }
            PodContainer.Pod itsPod = pod;
            return new Change(event, container.map(found -> found.withAnnotationsOf(itsPod)));
        }
    }
}
