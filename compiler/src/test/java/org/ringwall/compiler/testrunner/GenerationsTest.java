// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.state.EventLayout;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.policy.KeyValue;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.value.U128;
import org.ringwall.machine.Context;
import org.ringwall.machine.Machine;
import org.ringwall.machine.Outcome;
import org.ringwall.machine.Segment;

/**
 * Effects of a program that, by the control word, is not the newest generation: docs/abi.md section
 * 2.
 */
class GenerationsTest {
    private static final int G = 3;
    private static final int MONITORS = 1 << 31;
    private static final long NOW = 5_000_000_000L;
    private static final List<KeyValue> KEY = List.of(new KeyValue.OfNumber(1000));

    /** The ports that select the rules of {@link #POLICY}. */
    private static final int WRITES = 1;

    private static final int REDIRECTS = 80;
    private static final int LIMITED = 443;
    private static final int DENIES = 7;

    private static final String POLICY = """
            policy p
            counter tries [uid] { tries: attempts } max 8
            rate few per uid 1/h burst 1
            on connect4 {
              when remote.port == 1 { assign remote.port = 9; count tries; log }
              redirect 127.0.0.1:3128 if remote.port == 80 { count tries; log }
              allow if remote.port == 443 within few else deny { count tries; log }
              deny if remote.port == 7 { count tries; log }
              default allow
            }
            """;

    static List<ByteOrder> orders() {
        return List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN);
    }

    /** A program of generation {@link #G} with its own maps. */
    private static final class Instance {
        private final Compilation compilation;
        private final StateMaps maps;
        private final Segment word;
        private final Segment rodata;

        Instance(ByteOrder order, int lo, int hi, long until) {
            this.compilation = Compiler.compile(
                            new SourceFile("p.wall", POLICY), new Settings(List.of(), order, Map.of()))
                    .compilation()
                    .orElseThrow();
            this.maps = StateMaps.of(compilation.object(), 1);
            ByteBuffer control = content(".data");
            this.word = new Segment(
                    ".data",
                    false,
                    control.putInt(0, lo).putInt(4, hi).putLong(16, until).array());
            this.rodata =
                    new Segment(".rodata", true, content(".rodata").putInt(0, G).array());
        }

        private ByteBuffer content(String section) {
            return ByteBuffer.wrap(compilation
                            .object()
                            .section(section)
                            .orElseThrow()
                            .content()
                            .toArray())
                    .order(compilation.object().order());
        }

        private static Request connect(int port) {
            RawAddress address = new RawAddress(true, U128.of(0xc0000201L));
            return new Request.AtAddress(Hook.CONNECT4, address, port, 6, 1, new Actor(1000, 1000));
        }

        Context before(int port) {
            return Contexts.context(connect(port), compilation.object().order());
        }

        Outcome.Returned connectTo(int port) {
            Request request = connect(port);
            var program = EmittedPolicy.load(compilation.object(), Map.of(), KernelVersion.V5_10, maps)
                    .program(Hook.CONNECT4)
                    .orElseThrow()
                    .with(rodata)
                    .with(word);
            ByteOrder order = compilation.object().order();
            return (Outcome.Returned) Machine.run(
                    program,
                    Hook.CONNECT4,
                    before(port),
                    Contexts.environment(request, KernelVersion.V5_10, order).at(NOW));
        }

        Map<List<KeyValue>, List<Long>> counts() {
            return maps.counts(compilation.policy().state().counters().get(0));
        }

        Map<List<KeyValue>, Long> buckets() {
            return maps.buckets(compilation.policy().state().rates().get(0));
        }
    }

    /** Checks that all effects happen, which the other tests check to be absent. */
    private static void isInForce(Instance instance) {
        assertThat(instance.connectTo(WRITES).context().number("user_port")).isEqualTo(9);
        assertThat(instance.connectTo(REDIRECTS).context().number("user_port")).isEqualTo(3128);
        assertThat(instance.connectTo(LIMITED).r0()).isEqualTo(1);
        assertThat(instance.connectTo(LIMITED).r0()).isZero();
        assertThat(instance.connectTo(DENIES).r0()).isZero();
        assertThat(instance.counts()).isEqualTo(Map.of(KEY, List.of(5L)));
        assertThat(instance.buckets()).containsOnlyKeys(KEY);
        assertThat(instance.maps.events()).hasSize(5).allMatch(event -> !event.monitored() && event.generation() == G);
    }

    @ParameterizedTest
    @MethodSource("orders")
    void theNewestGenerationHasAllEffects(ByteOrder order) {
        isInForce(new Instance(order, G, G, 0));
    }

    @ParameterizedTest
    @MethodSource("orders")
    void isInForceAfterItsMonitoringPeriod(ByteOrder order) {
        isInForce(new Instance(order, MONITORS | G, G, 0));
        isInForce(new Instance(order, MONITORS | G, G, NOW));
    }

    @ParameterizedTest
    @MethodSource("orders")
    void onlyRecordsWhileMonitoredAndMarksItsEvents(ByteOrder order) {
        Instance instance = new Instance(order, MONITORS | G, G, NOW + 1);
        for (int port : new int[] {WRITES, REDIRECTS, LIMITED, LIMITED, DENIES}) {
            Outcome.Returned returned = instance.connectTo(port);
            assertThat(returned.r0()).as("port " + port).isEqualTo(1);
            assertThat(returned.context()).as("port " + port).isEqualTo(instance.before(port));
        }
        assertThat(instance.counts()).isEqualTo(Map.of(KEY, List.of(5L)));
        assertThat(instance.buckets()).isEmpty();
        assertThat(instance.maps.events())
                .allMatch(Event::monitored)
                .extracting(Event::verdict)
                .containsExactly(
                        EventLayout.NO_VERDICT,
                        EventLayout.ALLOWED,
                        EventLayout.ALLOWED,
                        EventLayout.ALLOWED,
                        EventLayout.DENIED);
    }

    @ParameterizedTest
    @MethodSource("orders")
    void anOlderGenerationThatStillDecidesHasNoEffects(ByteOrder order) {
        Instance instance = new Instance(order, G, G + 1, 0);
        for (int port : new int[] {WRITES, REDIRECTS, LIMITED, LIMITED}) {
            Outcome.Returned returned = instance.connectTo(port);
            assertThat(returned.r0()).as("port " + port).isEqualTo(1);
            assertThat(returned.context()).as("port " + port).isEqualTo(instance.before(port));
        }
        assertThat(instance.connectTo(DENIES).r0()).isZero();
        assertNoEffects(instance);
    }

    @ParameterizedTest
    @MethodSource("orders")
    void anOlderGenerationOfAMonitoredPolicyIsInert(ByteOrder order) {
        Instance instance = new Instance(order, MONITORS | G, G + 1, NOW + 1);
        isInert(instance);
    }

    @ParameterizedTest
    @MethodSource("orders")
    void aGenerationOutsideTheControlWordIsInert(ByteOrder order) {
        isInert(new Instance(order, G + 1, G + 1, 0));
        isInert(new Instance(order, G - 1, G - 1, 0));
        isInert(new Instance(order, MONITORS | G + 1, G + 1, NOW + 1));
    }

    private static void isInert(Instance instance) {
        for (int port : new int[] {WRITES, REDIRECTS, LIMITED, LIMITED, DENIES}) {
            Outcome.Returned returned = instance.connectTo(port);
            assertThat(returned.r0()).as("port " + port).isEqualTo(1);
            assertThat(returned.context()).as("port " + port).isEqualTo(instance.before(port));
        }
        assertNoEffects(instance);
    }

    private static void assertNoEffects(Instance instance) {
        assertThat(instance.counts()).isEmpty();
        assertThat(instance.buckets()).isEmpty();
        assertThat(instance.maps.events()).isEmpty();
    }
}
