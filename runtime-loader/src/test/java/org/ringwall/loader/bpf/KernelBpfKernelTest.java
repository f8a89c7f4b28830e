// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Syscalls;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

@KernelTest
class KernelBpfKernelTest {
    private final Syscalls syscalls = Syscalls.ofThisMachine();
    private final KernelBpf bpf = new KernelBpf(syscalls);

    @AfterEach
    void close() {
        bpf.close();
    }

    @Test
    void mapsReturnStoredValues() {
        try (Fd map = bpf.mapCreate(MapSpec.array("values", 8, 2, MapSpec.MAPPABLE))) {
            bpf.mapUpdate(map, key(1), new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
            assertThat(bpf.mapLookup(map, key(1), 8)).hasValue(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
            assertThat(bpf.mapLookup(map, key(2), 8)).isEmpty();
            assertThat(bpf.mapInfo(map))
                    .extracting(MapInfo::name, MapInfo::valueSize, MapInfo::maxEntries)
                    .containsExactly("values", 8, 2);
        }
    }

    @Test
    void sharedMemoryAndLookupsAgree() {
        try (Fd map = bpf.mapCreate(MapSpec.array("shared", 8, 1, MapSpec.MAPPABLE));
                SharedArray shared = bpf.mapShared(map, 8)) {
            shared.store(4, 0x01020304);
            assertThat(shared.load(4)).isEqualTo(0x01020304);
            ByteBuffer value =
                    ByteBuffer.wrap(bpf.mapLookup(map, key(0), 8).orElseThrow()).order(ByteOrder.nativeOrder());
            assertThat(value.getInt(0)).isZero();
            assertThat(value.getInt(4)).isEqualTo(0x01020304);
        }
    }

    @Test
    void frozenMapRefusesChanges() {
        try (Fd map = bpf.mapCreate(MapSpec.array("frozen", 8, 1, MapSpec.READ_ONLY_FOR_PROGRAMS))) {
            bpf.mapFreeze(map);
            assertThatThrownBy(() -> bpf.mapUpdate(map, key(0), new byte[8]))
                    .hasMessage("the kernel refused to change a map (EPERM)");
        }
    }

    @Test
    void aFullMapHasADifferentHelpThanAFullHook() {
        try (Fd map = bpf.mapCreate(MapSpec.array("small", 8, 1, 0))) {
            assertThatThrownBy(() -> bpf.mapUpdate(map, key(1), new byte[8]))
                    .isInstanceOfSatisfying(
                            KernelRefusedException.class,
                            refusal -> assertThat(refusal.help()).startsWith("the map has no room"))
                    .hasMessage("the kernel refused to change a map (E2BIG)");
        }
    }

    @Test
    void barrierReturns() {
        bpf.barrier();
        bpf.barrier();
    }

    @Test
    void syscallProgramsRunOnGeneratedContexts() {
        RunningKernel.needs(5, 14, "BPF_PROG_TYPE_SYSCALL");
        List<Insn> code = List.of(
                new Insn.Load(Width.W, false, Reg.R0, Reg.R1, (short) 24),
                new Insn.Swap(Insn.SwapOp.BE, Width.H, Reg.R0),
                new Insn.Exit());
        ProgSpec spec = new ProgSpec(
                "oracle",
                ProgSpec.TYPE_SYSCALL,
                0,
                ProgSpec.SLEEPABLE,
                Bytes.of(InsnCodec.encode(code, ByteOrder.nativeOrder())),
                "GPL",
                java.util.Optional.empty());
        try (Fd program = bpf.progLoad(spec);
                TestRunner runner = TestRunner.ofContext(syscalls, program, 72)) {
            byte[] context = new byte[72];
            int wrong = 0;
            for (int port = 0; port < 65_536; port++) {
                context[24] = (byte) (port >>> 8);
                context[25] = (byte) port;
                wrong += runner.run(context) == (port & 0xffff) ? 0 : 1;
            }
            assertThat(wrong).isZero();
        }
    }

    @Test
    void programInfoHasNameTypeAndProcessedInstructions() {
        List<Insn> code = List.of(new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(1)), new Insn.Exit());
        ProgSpec spec =
                ProgSpec.plain("connect4_0123ab", 18, 10, Bytes.of(InsnCodec.encode(code, ByteOrder.nativeOrder())));
        try (Fd program = bpf.progLoad(spec)) {
            ProgInfo info = bpf.progInfo(program);
            assertThat(info.name()).isEqualTo("connect4_0123ab");
            assertThat(info.type()).isEqualTo(18);
            assertThat(info.tag()).hasSize(16);
            assertThat(info.processed())
                    .isEqualTo(RunningKernel.atLeast(5, 16) ? OptionalInt.of(2) : OptionalInt.empty());
            try (Fd again = bpf.progById(info.id())) {
                assertThat(bpf.progInfo(again)).isEqualTo(info);
            }
        }
    }

    private static byte[] key(int index) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.nativeOrder())
                .putInt(index)
                .array();
    }
}
