// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.nri;

import java.net.ProtocolException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.ringwall.loader.protobuf.WireReader;
import org.ringwall.loader.protobuf.WireWriter;

/**
 * The messages of ttrpc and NRI that the plugin reads and writes (ttrpc's request.proto and NRI's
 * pkg/api/api.proto). Fields that it does not use are skipped.
 */
final class Messages {
    /** The last version of NRI whose messages were compared with these. */
    private static final String VERSION = "v0.6.1";

    private static final String RUNTIME_SERVICE = "nri.pkg.api.v1alpha1.Runtime";
    private static final String PLUGIN_SERVICE = "nri.pkg.api.v1alpha1.Plugin";

    private Messages() {}

    /** The events that a plugin can subscribe to, as far as this one does; by NRI's numbers. */
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

    /** The codes of gRPC for why a call failed, as far as the plugin answers with them. */
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
     * @param timeout how long the runtime waits; zero if it does not say
     */
    record Call(String method, byte[] payload, Duration timeout) {
        private static final int SERVICE = 1;
        private static final int METHOD = 2;
        private static final int PAYLOAD = 3;
        private static final int TIMEOUT = 4;

        /** Reads ttrpc's message {@code Request}. */
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

    /** Returns the call that registers a plugin. */
    static byte[] register(String name, String index) {
        byte[] payload =
                new WireWriter().text(1, name).text(2, index).text(3, VERSION).message();
        return new WireWriter()
                .text(Call.SERVICE, RUNTIME_SERVICE)
                .text(Call.METHOD, "RegisterPlugin")
                .bytes(Call.PAYLOAD, payload)
                .message();
    }

    /** Returns the answer to a call. */
    static byte[] answer(byte[] payload) {
        return new WireWriter().bytes(2, payload).message();
    }

    /** Returns the answer to a call that failed. */
    static byte[] failure(Status code, String message) {
        byte[] status = new WireWriter().number(1, code.number).text(2, message).message();
        return new WireWriter().bytes(1, status).message();
    }

    /** Returns why a call of the plugin failed; empty if it did not. */
    static Optional<String> failure(byte[] answer) throws ProtocolException {
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

    /** Returns the name and the version of the runtime in a message {@code ConfigureRequest}. */
    static String runtime(byte[] payload) throws ProtocolException {
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

    /** Returns a message {@code ConfigureResponse}. */
    static byte[] subscribe(List<Event> events) {
        int mask = events.stream().mapToInt(Event::bit).reduce(0, (a, b) -> a | b);
        return new WireWriter().number(2, mask).message();
    }

    /**
     * What a runtime has.
     *
     * @param more whether another message follows
     */
    record Inventory(List<PodContainer.Pod> pods, List<PodContainer> containers, boolean more) {
        Inventory {
            pods = List.copyOf(pods);
            containers = List.copyOf(containers);
        }

        /** Reads the message {@code SynchronizeRequest}. */
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

        /** Returns this and what a further message has. */
        Inventory and(Inventory next) {
            List<PodContainer.Pod> allPods = new ArrayList<>(pods);
            allPods.addAll(next.pods);
            List<PodContainer> all = new ArrayList<>(containers);
            all.addAll(next.containers);
            return new Inventory(allPods, all, next.more);
        }

        /** Returns the containers, each with the annotations of its pod. */
        List<PodContainer> joined() {
            Map<String, PodContainer.Pod> byId = pods.stream()
                    .collect(Collectors.toMap(PodContainer.Pod::id, Function.identity(), (first, second) -> second));
            return containers.stream()
                    .map(container -> container.in(byId.getOrDefault(container.pod(), PodContainer.Pod.NONE)))
                    .toList();
        }
    }

    /** Returns a message {@code SynchronizeResponse}. */
    static byte[] more(boolean more) {
        return more ? new WireWriter().number(2, 1).message() : new byte[0];
    }

    /**
     * What happens to a container.
     *
     * @param event empty if it concerns no container, or is another event
     */
    record Change(Optional<Event> event, Optional<PodContainer> container) {
        /** Reads the message {@code StateChangeEvent}. */
        static Change state(byte[] payload) throws ProtocolException {
            return read(payload, 1, Optional.empty());
        }

        /** Reads a message {@code CreateContainerRequest} or {@code StopContainerRequest}. */
        static Change of(Event event, byte[] payload) throws ProtocolException {
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
            return new Change(event, container.map(found -> found.in(itsPod)));
        }
    }
}
