// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.facts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.conformance.differential.KernelProgram;
import org.ringwall.loader.bpf.PacketRunner;
import org.ringwall.machine.Address;
import org.ringwall.machine.Context;
import org.ringwall.machine.Environment;
import org.ringwall.machine.LoadedProgram;
import org.ringwall.machine.Machine;
import org.ringwall.machine.Outcome;
import org.ringwall.machine.Segment;
import org.ringwall.testkit.KernelTest;

/**
 * A test that machine and kernel agree on loads narrower than a field, also if the kernel's own
 * field is smaller than the context's (`target_size`), in this machine's byte order.
 */
@KernelTest
class NarrowLoadsTest {
    private static final int IPV6 = 0x86dd;
    private static final int MULTICAST = 2;
    private static final Map<String, Long> VALUES = Map.of(
            "protocol", (long) IPV6, "pkt_type", (long) MULTICAST, "mark", 0x1122_3344L, "priority", 0x5566_7788L);

    @Test
    void theMachineLoadsWhatTheKernelLoads() {
        KernelVersion kernel = Verifier.kernel();
        byte[] bytes = new byte[64];
        bytes[0] = 0x60;
        byte[] multicast = {1, 0, 0, 0, 0, 0};
        PacketRunner.Packet packet = new PacketRunner.Packet(IPV6, multicast, bytes, 0x1122_3344L, 0x5566_7788L, 0);
        int compared = 0;
        for (ContextField field : Hook.SKB_EGRESS.readable()) {
            for (Width width : VALUES.containsKey(field.name()) ? Width.values() : new Width[0]) {
                for (int at = field.offset(); at < field.end(); at++) {
                    if (field.admitsRead(at, width)) {
                        compare(at, width, kernel, packet);
                        compared++;
                    }
                }
            }
        }
        assertThat(compared).isEqualTo(4 * (1 + 2 + 4));
    }

    private static void compare(int at, Width width, KernelVersion kernel, PacketRunner.Packet packet) {
        List<Insn> insns = new ArrayList<>();
        insns.add(new Insn.Load(width, false, Reg.R2, Reg.R1, (short) at));
        insns.add(new Insn.LoadImm64(Insn.Pseudo.VALUE, Reg.R3, 0));
        insns.add(new Insn.Store(Width.DW, Reg.R3, (short) 0, Operand.of(Reg.R2)));
        insns.add(new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(1)));
        insns.add(new Insn.Exit());
        Segment data = new Segment(".data", false, new byte[8]);
        LoadedProgram program = new LoadedProgram(insns, Map.of(1, new Address(".data", 0)), Map.of(".data", data));
        Context context = Context.zero(Hook.SKB_EGRESS.context(), ByteOrder.nativeOrder());
        for (Map.Entry<String, Long> value : VALUES.entrySet()) {
            context = context.with(value.getKey(), value.getValue());
        }
        Outcome outcome = Machine.run(program, Hook.SKB_EGRESS, context, Environment.of(kernel));
        assertThat(outcome).isInstanceOf(Outcome.Returned.class);
        try (KernelProgram loaded = KernelProgram.ofPackets(program, Hook.SKB_EGRESS);
                PacketRunner runner = loaded.packets()) {
            runner.run(packet);
            assertThat(loaded.read(".data", 8))
                    .as("%d bytes at %d", width.bytes(), at)
                    .isEqualTo(((Outcome.Returned) outcome)
                            .segment(".data")
                            .orElseThrow()
                            .content());
        }
    }
}
