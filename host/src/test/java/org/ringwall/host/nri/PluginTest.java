// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.nri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.ringwall.host.nri.FakeRuntime.container;
import static org.ringwall.host.nri.FakeRuntime.event;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.host.protobuf.WireReader;
import org.ringwall.host.protobuf.WireWriter;
import org.ringwall.testkit.Guard;
import org.ringwall.testkit.HangGuard;

/** A test of the plugin against a runtime that the test plays. */
@HangGuard
final class PluginTest {
    private static final Map<String, String> NAMED = Map.of("policy", "web");
    private static final int CREATED = 1;
    private static final int RUNNING = 3;
    private static final int START = 6;
    private static final int STOP = 10;
    private static final int REMOVE = 11;

    @TempDir
    private Path dir = Path.of("");

    private final Calls calls = new Calls();
    private Path socket = Path.of("");
    private @Nullable FakeRuntime listening;
    private @Nullable Plugin running;

    @BeforeEach
    void begin() throws IOException {
        socket = dir.resolve("nri.sock");
        listening = new FakeRuntime(socket);
        start(Duration.ofSeconds(20));
    }

    private void start(Duration patience) {
        Plugin plugin = new Plugin(socket, calls, patience);
        running = plugin;
        Thread thread = new Thread(plugin::run, "plugin");
        thread.setDaemon(true);
        thread.start();
    }

    private FakeRuntime runtime() {
        return Objects.requireNonNull(listening);
    }

    private Plugin plugin() {
        return Objects.requireNonNull(running);
    }

    @AfterEach
    void end() throws IOException {
        plugin().close();
        runtime().close();
    }

    /** A handler that records what it is called with. */
    private static final class Calls implements Handler {
        final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        volatile Optional<String> refusal = Optional.empty();
        volatile Runnable before = () -> {};

        @Override
        public void connected(String name) {
            seen.add("connected " + name);
        }

        @Override
        public void disconnected(String reason) {
            seen.add("disconnected " + reason);
        }

        @Override
        public boolean concerns(PodContainer container) {
            return container.annotations().containsKey("policy");
        }

        @Override
        public Optional<String> creating(PodContainer container) {
            return judged("creating ", container);
        }

        @Override
        public Optional<String> starting(PodContainer container) {
            return judged("starting ", container);
        }

        private Optional<String> judged(String what, PodContainer container) {
            before.run();
            seen.add(what + container.id());
            return refusal;
        }

        @Override
        public void ended(PodContainer container) {
            seen.add("ended " + container.id());
        }

        @Override
        public void synchronize(List<PodContainer> containers) {
            seen.add("list "
                    + containers.stream()
                            .map(each -> each.id() + " " + each.state())
                            .toList());
        }

        void next(String expected) throws InterruptedException {
            assertThat(Guard.next(seen)).isEqualTo(expected);
        }
    }

    /** Accepts both connections of the plugin; returns the one that stays. */
    private FakeRuntime.Side connected() throws IOException, InterruptedException {
        FakeRuntime.Side side = runtime().acceptWith(container("c1", RUNNING, NAMED));
        calls.next("connected fake 1");
        calls.next("list [c1 RUNNING]");
        try (FakeRuntime.Side second = runtime().acceptWith(container("c2", CREATED, NAMED))) {
            calls.next("list [c2 CREATED]");
            assertThatThrownBy(second::read).isInstanceOf(EOFException.class);
        }
        return side;
    }

    private static Optional<String> failure(byte[] answer) throws IOException {
        return Messages.error(answer);
    }

    @Test
    void registersAndSubscribesAndGetsTheListTwice() throws IOException, InterruptedException {
        try (FakeRuntime.Side side = runtime().accept()) {
            TtrpcMessage register = side.read();
            assertThat(register.connection()).isEqualTo(TtrpcMessage.RUNTIME);
            assertThat(register.type()).isEqualTo(TtrpcMessage.REQUEST);
            WireReader request = new WireReader(register.data());
            request.next();
            assertThat(request.text()).isEqualTo("nri.pkg.api.v1alpha1.Runtime");
            request.next();
            assertThat(request.text()).isEqualTo("RegisterPlugin");
            request.next();
            WireReader names = request.message();
            names.next();
            assertThat(names.text()).isEqualTo("ringwall");
            names.next();
            assertThat(names.text()).matches("[0-9][0-9]");
            side.write(new TtrpcMessage(TtrpcMessage.RUNTIME, register.stream(), TtrpcMessage.RESPONSE, new byte[0]));
            byte[] answer =
                    side.call("Configure", new WireWriter().text(2, "fake").message());
            WireReader response = new WireReader(answer);
            response.next();
            WireReader events = response.message();
            events.next();
            // CREATE_CONTAINER, START_CONTAINER, STOP_CONTAINER, REMOVE_CONTAINER
            assertThat(events.number()).isEqualTo(1 << 3 | 1 << 5 | 1 << 9 | 1 << 10);
            calls.next("connected fake");
            // The runtime sends a long list in parts, if the answer says that the plugin knows
            // that.
            byte[] part = new WireWriter()
                    .bytes(2, container("a", RUNNING, NAMED))
                    .number(3, 1)
                    .message();
            WireReader more = new WireReader(side.call("Synchronize", part));
            more.next();
            assertThat(more.message().next()).isTrue();
            side.call(
                    "Synchronize",
                    new WireWriter().bytes(2, container("b", RUNNING, NAMED)).message());
            calls.next("list [a RUNNING, b RUNNING]");
            try (FakeRuntime.Side second = runtime().acceptWith()) {
                calls.next("list []");
                assertThatThrownBy(second::read).isInstanceOf(EOFException.class);
            }
        }
    }

    @Test
    void refusesContainersWithTheReasonOfTheHandler() throws IOException, InterruptedException {
        try (FakeRuntime.Side side = connected()) {
            byte[] named = container("c3", CREATED, NAMED);
            byte[] create = new WireWriter().bytes(2, named).message();
            assertThat(failure(side.call("CreateContainer", create))).isEmpty();
            calls.next("creating c3");
            calls.refusal = Optional.of("`web@main` is not in force");
            assertThat(failure(side.call("StateChange", event(START, named))))
                    .contains("ringwall: `web@main` is not in force");
            calls.next("starting c3");
            assertThat(failure(side.call("CreateContainer", create))).contains("ringwall: `web@main` is not in force");
            calls.next("creating c3");
            // A container that names no policy is not looked at, nor is another event.
            assertThat(failure(side.call("StateChange", event(START, container("c4", CREATED, Map.of())))))
                    .isEmpty();
            assertThat(failure(side.call("StateChange", event(1, named)))).isEmpty();
            assertThat(failure(side.call("StopContainer", create))).isEmpty();
            calls.next("ended c3");
            assertThat(failure(side.call("StateChange", event(REMOVE, named)))).isEmpty();
            calls.next("ended c3");
            assertThat(failure(side.call("StateChange", event(STOP, named)))).isEmpty();
            calls.next("ended c3");
        }
    }

    @Test
    void refusesWhatItDoesNotFinishInTimeAndForgetsIt() throws IOException, InterruptedException {
        try (FakeRuntime.Side side = connected()) {
            CountDownLatch stuck = new CountDownLatch(1);
            calls.before = () -> await(stuck);
            byte[] start = event(START, container("c3", CREATED, NAMED));
            assertThat(failure(side.call("StateChange", start, 200_000_000)))
                    .contains("ringwall: no policy could be put in force within 150 ms");
            // One that names no policy starts meanwhile, another one does not.
            assertThat(failure(side.call("StateChange", event(START, container("c4", CREATED, Map.of())))))
                    .isEmpty();
            assertThat(failure(side.call("StateChange", event(START, container("c5", CREATED, NAMED)), 40_000_000)))
                    .contains("ringwall: no policy could be put in force within 30 ms");
            stuck.countDown();
            calls.next("starting c3");
            calls.next("ended c3");
            calls.next("starting c5");
            calls.next("ended c5");
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void refusesContainersWhenTheHandlerFails() throws IOException, InterruptedException {
        try (FakeRuntime.Side side = connected()) {
            calls.before = () -> {
                throw new IllegalStateException("no way");
            };
            assertThat(failure(side.call("StateChange", event(START, container("c3", CREATED, NAMED)))))
                    .contains("ringwall: java.lang.IllegalStateException: no way");
        }
    }

    @Test
    void answersMalformedAndUnknownCallsWithAnError() throws IOException, InterruptedException {
        try (FakeRuntime.Side side = connected()) {
            assertThat(failure(side.call("PostStartContainer", new byte[0])))
                    .contains("ringwall has no method PostStartContainer");
            assertThat(failure(side.call("StateChange", new byte[] {8})).orElse(""))
                    .contains("ends within a number");
            assertThat(failure(side.call("CreateContainer", new byte[0])).orElse(""))
                    .contains("has no container");
            assertThat(failure(side.call(
                                    "CreateContainer",
                                    new WireWriter().bytes(2, new byte[0]).message()))
                            .orElse(""))
                    .contains("a container has no id");
            assertThat(failure(side.call("Shutdown", new byte[0]))).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "even stream",
                "old stream",
                "response",
                "data",
                "call on the other connection",
                "second registration",
                "huge frame",
                "negative frame",
                "huge message",
                "unknown connection",
                "malformed request",
                "end within a message"
            })
    void endsTheConnectionAfterBrokenFramesAndConnectsAgain(String kind) throws IOException, InterruptedException {
        try (FakeRuntime.Side side = connected()) {
            hostile(kind).accept(side);
            if (kind.startsWith("end")) {
                side.close();
            } else {
                assertThatThrownBy(() -> {
                            while (true) {
                                side.read();
                            }
                        })
                        .isInstanceOf(IOException.class);
            }
        }
        assertThat(Guard.next(calls.seen)).startsWith("disconnected ");
        connected().close();
    }

    private static Consumer<FakeRuntime.Side> hostile(String kind) {
        byte[] none = {};
        return switch (kind) {
            case "even stream" -> frame(new TtrpcMessage(TtrpcMessage.PLUGIN, 8, TtrpcMessage.REQUEST, none));
            case "old stream" -> frame(new TtrpcMessage(TtrpcMessage.PLUGIN, 1, TtrpcMessage.REQUEST, none));
            case "response" -> frame(new TtrpcMessage(TtrpcMessage.PLUGIN, 9, TtrpcMessage.RESPONSE, none));
            case "data" -> frame(new TtrpcMessage(TtrpcMessage.PLUGIN, 9, 3, none));
            case "call on the other connection" ->
                frame(new TtrpcMessage(TtrpcMessage.RUNTIME, 9, TtrpcMessage.REQUEST, none));
            case "second registration" -> frame(new TtrpcMessage(TtrpcMessage.RUNTIME, 1, TtrpcMessage.RESPONSE, none));
            case "malformed request" ->
                frame(new TtrpcMessage(TtrpcMessage.PLUGIN, 9, TtrpcMessage.REQUEST, new byte[] {10, 99}));
            case "huge frame" -> bytes(1, 5 << 20);
            case "negative frame" -> bytes(1, -1);
            case "huge message" -> bytes(1, 10, (4 << 20) + 1, 9, 0x01000000);
            case "unknown connection" -> bytes(3, 0);
            case "end within a message" -> bytes(1, 10, 100, 9, 0x01000000);
            default -> throw new IllegalArgumentException(kind);
        };
    }

    private static Consumer<FakeRuntime.Side> frame(TtrpcMessage frame) {
        return side -> {
            try {
                side.write(frame);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        };
    }

    /**
     * Writes numbers of 4 bytes; of a last one after the first two headers only what belongs to
     * these.
     */
    private static Consumer<FakeRuntime.Side> bytes(int... words) {
        return side -> {
            ByteBuffer all = ByteBuffer.allocate(4 * words.length);
            for (int word : words) {
                all.putInt(word);
            }
            all.flip().limit(words.length > 2 ? 18 : 4 * words.length);
            try {
                side.raw(all);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        };
    }

    @Test
    void readsMessagesInManyPartsAndManyMessagesInOnePart() throws IOException, InterruptedException {
        try (FakeRuntime.Side side = connected()) {
            byte[] payload = event(START, container("c3", CREATED, Map.of("policy", "x".repeat(5000))));
            byte[] data = new WireWriter()
                    .text(1, "nri.pkg.api.v1alpha1.Plugin")
                    .text(2, "StateChange")
                    .bytes(3, payload)
                    .message();
            ByteBuffer parts = ByteBuffer.allocate(9 * (data.length + 10));
            ByteBuffer message = ByteBuffer.allocate(data.length + 10);
            message.putInt(data.length)
                    .putInt(101)
                    .put((byte) 1)
                    .put((byte) 0)
                    .put(data)
                    .flip();
            while (message.hasRemaining()) {
                parts.putInt(1).putInt(1).put(message.get());
            }
            side.raw(parts.flip());
            assertThat(side.read().stream()).isEqualTo(101);
            calls.next("starting c3");
            ByteBuffer both = ByteBuffer.allocate(2 * (data.length + 10) + 8);
            both.putInt(1).putInt(2 * (data.length + 10));
            for (int stream : new int[] {103, 105}) {
                both.putInt(data.length)
                        .putInt(stream)
                        .put((byte) 1)
                        .put((byte) 0)
                        .put(data);
            }
            side.raw(both.flip());
            assertThat(side.read().stream()).isEqualTo(103);
            assertThat(side.read().stream()).isEqualTo(105);
        }
    }

    @Test
    void reportsARefusedRegistration() throws IOException, InterruptedException {
        try (FakeRuntime.Side side = runtime().accept()) {
            TtrpcMessage register = side.read();
            byte[] refusal = Messages.errorResponse(Messages.Status.INVALID_ARGUMENT, "no such plugin");
            side.write(new TtrpcMessage(TtrpcMessage.RUNTIME, register.stream(), TtrpcMessage.RESPONSE, refusal));
            calls.next("disconnected the runtime refused the plugin: no such plugin");
        }
        connected().close();
    }

    @Test
    void leavesARuntimeThatSendsNoList() throws IOException, InterruptedException {
        plugin().close();
        runtime().close();
        listening = new FakeRuntime(socket);
        calls.seen.clear();
        start(Duration.ofSeconds(1));
        try (FakeRuntime.Side side = runtime().accept()) {
            side.register();
            side.call("Configure", new byte[0]);
            calls.next("connected ");
            assertThatThrownBy(side::read).isInstanceOf(EOFException.class);
            calls.next("disconnected the runtime sent no list of its containers within 1000 ms");
        }
    }

    @Test
    void connectsAgainWhenTheRuntimeRestarts() throws IOException, InterruptedException {
        FakeRuntime.Side side = connected();
        runtime().close();
        side.close();
        calls.next("disconnected the runtime closed the connection");
        assertThat(Guard.next(calls.seen)).startsWith("disconnected ");
        listening = new FakeRuntime(socket);
        try (FakeRuntime.Side again = connected()) {
            assertThat(calls.seen).isEmpty();
            plugin().close();
            assertThatThrownBy(again::read).isInstanceOf(EOFException.class);
        }
    }

    @Test
    void limitsACallToThreeQuartersOfTheTimeThatTheRuntimeWaits() {
        assertThat(PluginSession.limit(Duration.ofSeconds(2))).isEqualTo(Duration.ofMillis(1500));
        assertThat(PluginSession.limit(Duration.ofSeconds(10))).isEqualTo(Duration.ofMillis(7500));
        assertThat(PluginSession.limit(Duration.ZERO)).isEqualTo(Duration.ofMillis(1500));
    }
}
