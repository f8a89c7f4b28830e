// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.stamp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Cpu;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.SockOpsEvent;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.loader.bpf.KernelBpf;
import org.ringwall.loader.bpf.MapSpec;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.sys.Call;
import org.ringwall.sys.Fd;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.Syscalls;

/**
 * A program at sock_ops after the policy's, which records for each event the replies 0 to 62 in its
 * context.
 */
final class ReplyRecorder implements AutoCloseable {
    private static final int EVENTS = 16;
    private static final int O_DIRECTORY_CLOEXEC = 0x90000;

    private final Syscalls syscalls = Syscalls.ofThisMachine();
    private final KernelBpf bpf = new KernelBpf(syscalls);
    private final Fd map;
    private final Fd link;

    ReplyRecorder(ChildCgroup cgroup) {
        this.map = bpf.mapCreate(MapSpec.array("replies", Long.BYTES, EVENTS, 0));
        Bytes code = Bytes.of(InsnCodec.encode(insns().insns(), ByteOrder.nativeOrder()));
        ProgSpec spec =
                ProgSpec.plain("replies", Hook.SOCK_OPS.programType().number(), Hook.SOCK_OPS.attachType(), code);
        try (Fd program = bpf.progLoad(spec);
                Fd directory = open(cgroup)) {
            this.link = bpf.linkCreate(program, directory, Hook.SOCK_OPS.attachType());
        }
    }

    private org.ringwall.bpf.asm.Assembly insns() {
        Label done = new Label("done");
        int reply = Hook.SOCK_OPS.context().field("reply").orElseThrow().offset();
        try {
            return new Assembler(Cpu.V1)
                    .mov(Reg.R6, Reg.R1)
                    .load(Width.W, Reg.R1, Reg.R6, 0)
                    .store(Width.W, Reg.R10, -4, Reg.R1)
                    .load(Width.W, Reg.R7, Reg.R6, reply)
                    .jump(Insn.JumpOp.GT, Reg.R7, Long.SIZE - 2, done)
                    .mov(Reg.R2, Reg.R10)
                    .alu(Insn.AluOp.ADD, Reg.R2, -4)
                    .add(new Insn.LoadImm64(Insn.Pseudo.MAP_FD, Reg.R1, map.number()))
                    .call(Helper.MAP_LOOKUP_ELEM.id())
                    .jump(Insn.JumpOp.EQ, Reg.R0, 0, done)
                    .mov(Reg.R1, 1)
                    .alu(Insn.AluOp.LSH, Reg.R1, Reg.R7)
                    .load(Width.DW, Reg.R2, Reg.R0, 0)
                    .alu(Insn.AluOp.OR, Reg.R2, Reg.R1)
                    .store(Width.DW, Reg.R0, 0, Reg.R2)
                    .bind(done)
                    .mov(Reg.R0, Hook.ALLOW)
                    .exit()
                    .layout();
        } catch (CodeTooLargeException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the replies seen at an event so far. */
    Set<Integer> at(SockOpsEvent event) {
        byte[] key = ByteBuffer.allocate(4)
                .order(ByteOrder.nativeOrder())
                .putInt(event.number())
                .array();
        Optional<byte[]> value = bpf.mapLookup(map, key, Long.BYTES);
        long seen = ByteBuffer.wrap(value.orElseThrow())
                .order(ByteOrder.nativeOrder())
                .getLong();
        Set<Integer> replies = new TreeSet<>();
        for (int reply = 0; reply < Long.SIZE - 1; reply++) {
            if ((seen >>> reply & 1) != 0) {
                replies.add(reply);
            }
        }
        return replies;
    }

    private Fd open(ChildCgroup cgroup) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            long name = frame.text(cgroup.path().toString()).address();
            return Fd.of(syscalls, (int) syscalls.require(Call.OPENAT, -100, name, O_DIRECTORY_CLOEXEC));
        }
    }

    @Override
    public void close() {
        bpf.linkDetach(link);
        link.close();
        map.close();
        bpf.close();
    }
}
