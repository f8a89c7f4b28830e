package org.ringwall.compiler.codegen;

import java.util.SortedSet;
import java.util.TreeSet;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.StorageFlag;
import org.ringwall.compiler.ir.Stamp;

/** Writes and reads the stamp of a socket, `struct ringwall_stamp` in its storage. */
final class StampCode {
    /** `present` is the first member. */
    private static final int PRESENT = 0;

    private final Assembler assembler;

    StampCode(Assembler assembler) {
        this.assembler = assembler;
    }

    /**
     * Every part is written whatever the policy asks, so that the stamp serves every later generation: all of these
     * helpers are there at sock_create from 5.10. `r0` is 1, or 0 where the kernel gives the socket no room
     * (net.core.optmem_max) or has no memory.
     */
    void write() {
        zero();
        assembler.store(Width.DW, Reg.R10, at(PRESENT), Stamp.MAKER);
        assembler.call(Helper.GET_CURRENT_UID_GID.id());
        store(Stamp.part("uid"));
        assembler.alu(Insn.AluOp.RSH, Reg.R0, Integer.SIZE);
        store(Stamp.part("gid"));
        assembler.call(Helper.GET_CURRENT_PID_TGID.id()).alu(Insn.AluOp.RSH, Reg.R0, Integer.SIZE);
        store(Stamp.part("pid"));
        assembler.call(Helper.GET_CURRENT_CGROUP_ID.id());
        store(Stamp.part("cgroup"));
        assembler.mov(Reg.R1, Body.CONTEXT).call(Helper.GET_NETNS_COOKIE.id());
        store(Stamp.part("netns"));
        for (Stamp.Part part : Stamp.PARTS) {
            if (part.level() != 0) {
                assembler.mov(Reg.R1, part.level()).call(Helper.GET_CURRENT_ANCESTOR_CGROUP_ID.id());
                store(part);
            }
        }
        Stamp.Part comm = Stamp.part("comm");
        address(Reg.R1, at(comm.offset())).mov(Reg.R2, comm.bytes()).call(Helper.GET_CURRENT_COMM.id());
        assembler.loadSymbol(Reg.R1, Stamp.MAP.symbol(), 0).mov(Reg.R2, Body.CONTEXT);
        Label done = new Label("done");
        address(Reg.R3, at(PRESENT))
                .mov(Reg.R4, StorageFlag.CREATE.bit())
                .call(Helper.SK_STORAGE_GET.id())
                .jump(Insn.JumpOp.EQ, Reg.R0, 0, done)
                .mov(Reg.R0, 1)
                .bind(done);
    }

    /** All of the struct, the reserved words too: the helper wants every byte of a new value initialised. */
    private void zero() {
        for (int off = at(PRESENT); off < 0; off += Width.DW.bytes()) {
            assembler.store(Width.DW, Reg.R10, off, 0);
        }
    }

    /** The struct under construction is the last bytes of the stack. */
    private static int at(int offset) {
        return offset - Stamp.SIZE;
    }

    private void store(Stamp.Part part) {
        assembler.store(part.width(), Reg.R10, at(part.offset()), Reg.R0);
    }

    private Assembler address(Reg dst, int off) {
        return assembler.mov(dst, Reg.R10).alu(Insn.AluOp.ADD, dst, off);
    }

    /**
     * `r0` is 1 and the parts are copied; or 0, where the context has no full socket, or the socket no stamp of this
     * layout. Before 6.3 the verifier refuses to read stack that some way has not written, so the copies are zeroed.
     */
    void load(Hook hook, SortedSet<Stamp.Part> parts) {
        Label done = new Label("done");
        int socket = hook.context().require("sk").offset();
        TreeSet<Integer> zeroed = new TreeSet<>();
        parts.forEach(part -> words(part, off -> zeroed.add(part.frame() + off & -Long.BYTES)));
        zeroed.forEach(word -> assembler.store(Width.DW, Reg.R10, word, 0));
        assembler
                .load(Width.DW, Reg.R2, Body.CONTEXT, socket)
                .mov(Reg.R0, 0)
                .jump(Insn.JumpOp.EQ, Reg.R2, 0, done)
                .loadSymbol(Reg.R1, Stamp.MAP.symbol(), 0)
                .mov(Reg.R3, 0)
                .mov(Reg.R4, 0)
                .call(Helper.SK_STORAGE_GET.id())
                .jump(Insn.JumpOp.EQ, Reg.R0, 0, done)
                .mov(Reg.R1, Reg.R0)
                .load(Width.DW, Reg.R0, Reg.R1, PRESENT)
                .alu(Insn.AluOp.AND, Reg.R0, Stamp.MAKER)
                .jump(Insn.JumpOp.EQ, Reg.R0, 0, done);
        parts.forEach(part -> words(
                part,
                off -> assembler
                        .load(part.width(), Reg.R2, Reg.R1, part.offset() + off)
                        .store(part.width(), Reg.R10, part.frame() + off, Reg.R2)));
        assembler.bind(done);
    }

    private static void words(Stamp.Part part, java.util.function.IntConsumer each) {
        for (int off = 0; off < part.bytes(); off += part.width().bytes()) {
            each.accept(off);
        }
    }
}
