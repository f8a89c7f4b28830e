// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Cpu;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.machine.map.MapHost;
import org.ringwall.machine.map.SocketStorage;

/**
 * A test of the arguments and results of `bpf_sk_storage_get`, and of calls that the verifier
 * rejects.
 */
class SocketStorageTest {
    private static final Environment KERNEL = Environment.of(KernelVersion.V5_10);
    private static final int SOCK_OPS_SK = 184;

    private static Outcome run(Hook hook, Environment environment, Context context, Assembler code)
            throws CodeTooLargeException {
        LoadedProgram program = LoadedProgram.of(
                code.layout(),
                List.of(MapSymbol.of(SocketStorage.of("notes", 8, MapHost.of(ByteOrder.LITTLE_ENDIAN)))));
        return Machine.run(program, hook, context, environment);
    }

    /**
     * Adds `r0 = bpf_sk_storage_get(&notes, r2, 0, 0)`, then `r0 = *(u64 *)r0`, or 0 if there is
     * none.
     */
    private static Assembler reading(Assembler before) {
        Label done = new Label("done");
        return before.loadSymbol(Reg.R1, "notes", 0)
                .mov(Reg.R3, 0)
                .mov(Reg.R4, 0)
                .call(Helper.SK_STORAGE_GET.id())
                .jump(Insn.JumpOp.EQ, Reg.R0, 0, done)
                .load(Width.DW, Reg.R0, Reg.R0, 0)
                .bind(done)
                .exit();
    }

    private static Assembler ofEvent(boolean checked) {
        Label there = new Label("there");
        Assembler code = new Assembler(Cpu.V3).load(Width.DW, Reg.R2, Reg.R1, SOCK_OPS_SK);
        if (checked) {
            code.jump(Insn.JumpOp.NE, Reg.R2, 0, there).mov(Reg.R0, 0).exit().bind(there);
        }
        return reading(code);
    }

    private static Context event(int full) {
        return Context.zero(Hook.SOCK_OPS.context()).with("is_fullsock", full);
    }

    private static long one(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Returned.class);
        return ((Outcome.Returned) outcome).r0();
    }

    @Test
    void returnsTheStorageOfTheSocketOrNull() throws CodeTooLargeException {
        Environment carrying = KERNEL.with(Stored.NOTHING.with("notes", Bytes.of(new byte[] {1, 0, 0, 0, 0, 0, 0, 0})));
        assertThat(one(run(Hook.SOCK_OPS, carrying, event(1), ofEvent(true)))).isEqualTo(1);
        assertThat(one(run(Hook.SOCK_OPS, KERNEL, event(1), ofEvent(true)))).isZero();
        assertThat(one(run(Hook.SOCK_OPS, carrying, event(0), ofEvent(true))))
                .as("a connection request is not a full socket")
                .isZero();
    }

    @Test
    void refusesASocketThatMayBeNull() throws CodeTooLargeException {
        assertThat(run(Hook.SOCK_OPS, KERNEL, event(1), ofEvent(false))).isInstanceOf(Outcome.Trap.class);
        assertThat(run(Hook.SOCK_OPS, KERNEL, event(0), ofEvent(false))).isInstanceOf(Outcome.Trap.class);
    }

    @Test
    void acceptsOnlyTheContextAsTheSocketAtASocketHook() throws CodeTooLargeException {
        Context socket = Context.zero(Hook.SOCK_CREATE.context());
        Assembler own = new Assembler(Cpu.V3).mov(Reg.R2, Reg.R1);
        assertThat(one(run(Hook.SOCK_CREATE, KERNEL.with(carriesOne()), socket, reading(own))))
                .isEqualTo(1);
        Assembler number = new Assembler(Cpu.V3).mov(Reg.R2, 7);
        assertThat(run(Hook.SOCK_CREATE, KERNEL, socket, reading(number))).isInstanceOf(Outcome.Trap.class);
    }

    private static Stored carriesOne() {
        return Stored.NOTHING.with("notes", Bytes.of(new byte[] {1, 0, 0, 0, 0, 0, 0, 0}));
    }

    @Test
    void createsOnlyFromInitialisedMemory() throws CodeTooLargeException {
        for (boolean initialised : List.of(true, false)) {
            Assembler code = new Assembler(Cpu.V3).mov(Reg.R2, Reg.R1);
            if (initialised) {
                code.store(Width.DW, Reg.R10, -8, 5);
            }
            code.mov(Reg.R3, Reg.R10)
                    .alu(Insn.AluOp.ADD, Reg.R3, -8)
                    .loadSymbol(Reg.R1, "notes", 0)
                    .mov(Reg.R4, 1)
                    .call(Helper.SK_STORAGE_GET.id())
                    .mov(Reg.R0, 1)
                    .exit();
            Outcome outcome = run(Hook.SOCK_CREATE, KERNEL, Context.zero(Hook.SOCK_CREATE.context()), code);
            if (initialised) {
                assertThat(((Outcome.Returned) outcome).stored().values())
                        .isEqualTo(Map.of("notes", Bytes.of(new byte[] {5, 0, 0, 0, 0, 0, 0, 0})));
            } else {
                assertThat(outcome).isInstanceOf(Outcome.Trap.class);
            }
        }
    }

    private static final SocketStorage SHARED = SocketStorage.of("notes", 8, MapHost.of(ByteOrder.LITTLE_ENDIAN));

    /** Calls `bpf_sk_storage_delete(&notes, sk)` with an event's socket. */
    private static HelperCall delete(Environment environment, SocketStorage storage) throws CodeTooLargeException {
        Label there = new Label("there");
        Assembler code = new Assembler(Cpu.V3)
                .load(Width.DW, Reg.R2, Reg.R1, SOCK_OPS_SK)
                .jump(Insn.JumpOp.NE, Reg.R2, 0, there)
                .mov(Reg.R0, 0)
                .exit()
                .bind(there)
                .loadSymbol(Reg.R1, "notes", 0)
                .call(Helper.SK_STORAGE_DELETE.id())
                .mov(Reg.R0, 1)
                .exit();
        LoadedProgram program = LoadedProgram.of(code.layout(), List.of(MapSymbol.of(storage)));
        Outcome outcome = Machine.run(program, Hook.SOCK_OPS, event(1), environment);
        assertThat(outcome).isInstanceOf(Outcome.Returned.class);
        return outcome.calls().get(0);
    }

    @Test
    void deletesOnlyTheStorageOfTheSocket() throws CodeTooLargeException {
        long own = Task.ROOT.socket();
        SHARED.put(own, new byte[8], 0);
        SHARED.put(own + 1, new byte[8], 0);
        assertThat(delete(KERNEL, SHARED).result()).isEqualTo("0");
        assertThat(delete(KERNEL, SHARED).result()).isEqualTo("-2");
        assertThat(SHARED.entries().keySet()).containsExactly(own + 1);
    }

    @Test
    void storageOfTheEnvironmentDoesNotChangeTheMap() throws CodeTooLargeException {
        SocketStorage storage = SHARED.emptied();
        assertThat(delete(KERNEL.with(carriesOne()), storage).result()).isEqualTo("0");
        storage.put(Task.ROOT.socket(), new byte[8], 0);
        assertThat(delete(KERNEL.with(Stored.NOTHING), storage).result()).isEqualTo("-2");
        assertThat(storage.entries()).hasSize(1);
    }
}
