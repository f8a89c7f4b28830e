// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.loader.bpf.KernelBpf;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.sys.Call;
import org.ringwall.sys.Fd;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.Syscalls;

/**
 * Programs of another owner on a cgroup, which run after the policy's; {@link #close} removes
 * them.
 */
public final class ForeignProgram implements AutoCloseable {
    /** The traffic class that {@link #setsClass} sets. */
    static final int CLASS = 0x20;

    private static final int O_DIRECTORY_CLOEXEC = 0x90000;

    private final KernelBpf bpf = new KernelBpf(Syscalls.ofThisMachine());
    private final List<Fd> links = new ArrayList<>();

    private ForeignProgram() {}

    /** Attaches programs at these hooks that call bpf_set_retval(0). */
    public static ForeignProgram takesDenialsBack(ChildCgroup cgroup, List<Hook> hooks) {
        ForeignProgram foreign = new ForeignProgram();
        List<Insn> code =
                List.of(set(Reg.R1, 0), new Insn.CallHelper(Helper.SET_RETVAL.id()), set(Reg.R0, 1), new Insn.Exit());
        hooks.forEach(hook -> foreign.attach(cgroup, hook, code));
        return foreign;
    }

    /**
     * Attaches a program that changes every destination of connect4 to 127.0.0.1; user_ip4 is at
     * offset 4.
     */
    public static ForeignProgram redirectsToLoopback(ChildCgroup cgroup) {
        ForeignProgram foreign = new ForeignProgram();
        List<Insn> code = List.of(
                set(Reg.R2, 0x7f000001),
                new Insn.Swap(Insn.SwapOp.BE, Width.W, Reg.R2),
                new Insn.Store(Width.W, Reg.R1, (short) 4, Operand.of(Reg.R2)),
                set(Reg.R0, 1),
                new Insn.Exit());
        foreign.attach(cgroup, Hook.CONNECT4, code);
        return foreign;
    }

    /**
     * Attaches a program that sets IP_TOS (level 0, number 1) of each socket that connects, by
     * bpf_setsockopt with a value on the stack.
     */
    public static ForeignProgram setsClass(ChildCgroup cgroup) {
        ForeignProgram foreign = new ForeignProgram();
        List<Insn> code = List.of(
                new Insn.Store(Width.W, Reg.R10, (short) -4, Operand.of(CLASS)),
                set(Reg.R2, 0),
                set(Reg.R3, 1),
                new Insn.Mov(Width.DW, Width.DW, Reg.R4, Operand.of(Reg.R10)),
                new Insn.Alu(Insn.AluOp.ADD, Width.DW, Reg.R4, Operand.of(-4)),
                set(Reg.R5, 4),
                new Insn.CallHelper(Helper.SETSOCKOPT.id()),
                set(Reg.R0, 1),
                new Insn.Exit());
        foreign.attach(cgroup, Hook.CONNECT4, code);
        return foreign;
    }

    /**
     * Attaches a program that replaces every value written to a sysctl by `a`;
     * `bpf_sysctl_set_new_value` fails at reads.
     */
    public static ForeignProgram replacesSysctls(ChildCgroup cgroup) {
        ForeignProgram foreign = new ForeignProgram();
        List<Insn> code = List.of(
                new Insn.Store(Width.B, Reg.R10, (short) -1, Operand.of('a')),
                new Insn.Mov(Width.DW, Width.DW, Reg.R2, Operand.of(Reg.R10)),
                new Insn.Alu(Insn.AluOp.ADD, Width.DW, Reg.R2, Operand.of(-1)),
                set(Reg.R3, 1),
                new Insn.CallHelper(Helper.SYSCTL_SET_NEW_VALUE.id()),
                set(Reg.R0, 1),
                new Insn.Exit());
        foreign.attach(cgroup, Hook.SYSCTL, code);
        return foreign;
    }

    private static Insn set(Reg register, int value) {
        return new Insn.Mov(Width.DW, Width.DW, register, Operand.of(value));
    }

    private void attach(ChildCgroup cgroup, Hook hook, List<Insn> code) {
        Bytes bytes = Bytes.of(InsnCodec.encode(code, ByteOrder.nativeOrder()));
        ProgSpec spec = ProgSpec.plain("ringwall_foreign", hook.programType().number(), hook.attachType(), bytes);
        try (Fd program = bpf.progLoad(spec);
                Fd directory = open(cgroup)) {
            links.add(bpf.linkCreate(program, directory, hook.attachType()));
        }
    }

    private static Fd open(ChildCgroup cgroup) {
        Syscalls syscalls = Syscalls.ofThisMachine();
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            long name = frame.text(cgroup.path().toString()).address();
            return Fd.of(syscalls, (int) syscalls.require(Call.OPENAT, -100, name, O_DIRECTORY_CLOEXEC));
        }
    }

    @Override
    public void close() {
        links.forEach(Fd::close);
        bpf.close();
    }
}
