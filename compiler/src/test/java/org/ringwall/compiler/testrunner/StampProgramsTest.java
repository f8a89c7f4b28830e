// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;
import org.ringwall.compiler.ir.Stamp;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.machine.Environment;
import org.ringwall.machine.LoadedProgram;
import org.ringwall.machine.Machine;
import org.ringwall.machine.Outcome;
import org.ringwall.machine.Segment;
import org.ringwall.machine.Stored;

/** The stamp that programs store in a new socket (docs/abi.md sections 1 and 2). */
class StampProgramsTest {
    private static final Actor MAKER = below(Map.of(1, 71L, 2, -2L, 3, 73L));

    /** Returns a socket's creator in the lowest of these cgroups, or in the root cgroup. */
    private static Actor below(Map<Integer, Long> ancestors) {
        long cgroup = ancestors.getOrDefault(ancestors.size(), 1L);
        return new Actor(33, 44, ByteString.of("fifteen-letters"), 55, cgroup, ancestors, 99, 1);
    }

    private static BpfObject object(String blocks) {
        return Compiler.compile(new SourceFile("stamps.wall", "policy stamps\n" + blocks), Settings.DEFAULT)
                .compilation()
                .orElseThrow()
                .object();
    }

    private static final String ASKS = "packets egress { deny if uid == 33; default allow }";

    private static final BpfObject READS = object(ASKS);

    private static Outcome.Returned run(BpfObject object, int lo, int hi, Stored before) {
        return run(object, MAKER, lo, hi, before);
    }

    private static Outcome.Returned run(BpfObject object, Actor maker, int lo, int hi, Stored before) {
        Request socket = new Request.MakeSocket(2, 1, 6, maker);
        ByteOrder order = object.order();
        byte[] control =
                ByteBuffer.allocate(24).order(order).putInt(lo).putInt(hi).array();
        LoadedProgram program = EmittedPolicy.load(object, Map.of(), KernelVersion.V5_10)
                .program(Hook.SOCK_CREATE)
                .orElseThrow()
                .with(new Segment(".data", false, control));
        Environment environment =
                Contexts.environment(socket, KernelVersion.V5_10, order).with(before);
        Outcome outcome = Machine.run(program, Hook.SOCK_CREATE, Contexts.context(socket, order), environment);
        assertThat(outcome).isInstanceOf(Outcome.Returned.class);
        return (Outcome.Returned) outcome;
    }

    @Test
    void stampsAllFieldsWhicheverThePolicyReads() {
        Outcome.Returned made = run(READS, 0, 0, Stored.NOTHING);
        assertThat(made.result()).isZero();
        assertThat(made.stored().values())
                .isEqualTo(Map.of("ringwall_stamps", Stamps.of(MAKER, ByteOrder.LITTLE_ENDIAN)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 16})
    void stampsEveryExistingAncestorLevel(int levels) {
        Map<Integer, Long> ancestors = new HashMap<>();
        IntStream.rangeClosed(1, levels).forEach(level -> ancestors.put(level, 0x100000001L * level));
        Actor maker = below(ancestors);
        assertThat(run(READS, maker, 0, 0, Stored.NOTHING).stored().values())
                .isEqualTo(Map.of("ringwall_stamps", Stamps.of(maker, ByteOrder.LITTLE_ENDIAN)));
    }

    @Test
    void stampsACgroupBelowTheDeepestAncestorLevel() {
        Map<Integer, Long> ancestors = new HashMap<>();
        IntStream.rangeClosed(1, 16).forEach(level -> ancestors.put(level, 70L + level));
        Actor maker = new Actor(33, 44, ByteString.of("deep"), 55, 99, ancestors, 99, 1);
        assertThat(run(READS, maker, 0, 0, Stored.NOTHING).stored().values())
                .isEqualTo(Map.of("ringwall_stamps", Stamps.of(maker, ByteOrder.LITTLE_ENDIAN)));
    }

    @Test
    void stampsTheSameOnABigEndianMachine() {
        BpfObject object = Compiler.compile(
                        new SourceFile("stamps.wall", "policy stamps\n" + ASKS),
                        new Settings(List.of(KernelVersion.V5_10), ByteOrder.BIG_ENDIAN, Map.of()))
                .compilation()
                .orElseThrow()
                .object();
        assertThat(run(object, 0, 0, Stored.NOTHING).stored().values())
                .isEqualTo(Map.of("ringwall_stamps", Stamps.of(MAKER, ByteOrder.BIG_ENDIAN)));
    }

    @Test
    void stampsAlsoWhileANewerGenerationDecides() {
        assertThat(run(READS, 0, 1, Stored.NOTHING).stored().values()).hasSize(1);
    }

    @Test
    void anInertProgramStampsNothing() {
        assertThat(run(READS, 1, 1, Stored.NOTHING).stored().values()).isEmpty();
    }

    @Test
    void keepsAnExistingStamp() {
        Bytes first = Stamps.of(Actor.ORDINARY, ByteOrder.LITTLE_ENDIAN);
        Stored before = Stored.NOTHING.with(Stamp.MAP.symbol(), first);
        assertThat(run(READS, 0, 0, before).stored()).isEqualTo(before);
    }

    @Test
    void deniesASocketWhoseStampCannotBeStored() {
        Outcome.Returned refused = run(READS, 0, 0, Stored.NOTHING.full());
        assertThat(refused.result()).isEqualTo(-1);
        assertThat(run(READS, 1, 1, Stored.NOTHING.full()).result()).isZero();
    }

    @Test
    void ignoresAStampOfALaterLayout() {
        byte[] later = Stamps.of(MAKER, ByteOrder.LITTLE_ENDIAN).toArray();
        later[0] = 2;
        Request.Packet packet = new org.ringwall.compiler.model.request.Request.Packet(
                Hook.SKB_EGRESS,
                0x0800,
                Bytes.EMPTY,
                org.ringwall.compiler.model.request.PacketMeta.plain(Hook.SKB_EGRESS));
        LoadedProgram program = EmittedPolicy.load(READS, Map.of(), KernelVersion.V5_10)
                .program(Hook.SKB_EGRESS)
                .orElseThrow();
        for (Bytes stamp : List.of(Bytes.of(later), Stamps.of(MAKER, ByteOrder.LITTLE_ENDIAN))) {
            Environment environment = Contexts.environment(packet, KernelVersion.V5_10, ByteOrder.LITTLE_ENDIAN)
                    .with(Stored.NOTHING.with(Stamp.MAP.symbol(), stamp));
            Outcome outcome = Machine.run(
                    program, Hook.SKB_EGRESS, Contexts.context(packet, ByteOrder.LITTLE_ENDIAN), environment);
            assertThat(((Outcome.Returned) outcome).r0()).isEqualTo(stamp.at(0) == 2 ? 1 : 0);
        }
    }

    @Test
    void declaresTheStorageOnlyWhereAStampIsRead() {
        assertThat(READS.maps())
                .singleElement()
                .extracting(MapSpec::type, MapSpec::keySize, MapSpec::valueSize, MapSpec::maxEntries, MapSpec::flags)
                .containsExactly(MapType.SK_STORAGE, 4, Stamp.SIZE, 0, 0x201);
        BpfObject none = object("packets egress { deny if cookie == 7; default allow }\n"
                + "egress { deny if uid == 33; default allow }");
        assertThat(none.maps()).isEmpty();
        assertThat(none.programs()).noneMatch(program -> program.section().equals("cgroup/sock_create"));
    }

    @Test
    void aConstantGuardNeedsNoStamp() {
        BpfObject object = object("packets egress { deny if uid in {} ; default allow }");
        assertThat(object.maps()).isEmpty();
    }
}
