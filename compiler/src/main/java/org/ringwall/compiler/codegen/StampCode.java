package org.ringwall.compiler.codegen;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.StorageFlag;
import org.ringwall.compiler.ir.Stamp;

/** Writes and finds the stamp of a socket, `struct ringwall_stamp` in its storage. */
final class StampCode {
    /** `present` is the first member. */
    private static final int PRESENT = 0;

    /** The stamp, and then where its next ancestor goes. */
    private static final Reg STAMP = Reg.R7;

    private static final Reg LEVEL = Reg.R8;

    private static final Reg CGROUP = Reg.R9;

    /** What {@link #write} destroys. */
    static final Set<Reg> WRITING = writing();

    private final Assembler assembler;

    StampCode(Assembler assembler) {
        this.assembler = assembler;
    }

    private static Set<Reg> writing() {
        Set<Reg> writing = EnumSet.of(STAMP, LEVEL, CGROUP);
        writing.addAll(Convention.CALL);
        return Collections.unmodifiableSet(writing);
    }

    /**
     * Every part is written whatever the policy asks, so that the stamp serves every later generation: all of these
     * helpers are there at sock_create from 5.10. `r0` is 1, or 0 where the kernel gives the socket no room
     * (net.core.optmem_max) or has no memory. The kernel makes a new value of zeros (`bpf_selem_alloc` in
     * kernel/bpf/bpf_local_storage.c), in which the parts are written where they lie: nobody else has the socket yet. What is
     * stamped already stays as it is.
     */
    void write() {
        Label stamped = new Label("stamped");
        Label done = new Label("done");
        assembler.mov(Reg.R2, Body.CONTEXT);
        storage(StorageFlag.CREATE.bit())
                .jump(Insn.JumpOp.EQ, Reg.R0, 0, done)
                .mov(STAMP, Reg.R0)
                .load(Width.DW, Reg.R1, STAMP, PRESENT)
                .jump(Insn.JumpOp.NE, Reg.R1, 0, stamped)
                .store(Width.DW, STAMP, PRESENT, Stamp.MAKER);
        ids();
        assembler.mov(Reg.R1, Body.CONTEXT).call(Helper.GET_NETNS_COOKIE.id());
        store(Stamp.part("netns"));
        Stamp.Part comm = Stamp.part("comm");
        assembler
                .mov(Reg.R1, STAMP)
                .alu(Insn.AluOp.ADD, Reg.R1, comm.offset())
                .mov(Reg.R2, comm.bytes())
                .call(Helper.GET_CURRENT_COMM.id());
        cgroups(stamped);
        assembler.bind(stamped).mov(Reg.R0, 1).bind(done);
    }

    /** The user and the process; both ids of either come in one number. */
    private void ids() {
        assembler.call(Helper.GET_CURRENT_UID_GID.id());
        store(Stamp.part("uid"));
        assembler.alu(Insn.AluOp.RSH, Reg.R0, Integer.SIZE);
        store(Stamp.part("gid"));
        assembler.call(Helper.GET_CURRENT_PID_TGID.id()).alu(Insn.AluOp.RSH, Reg.R0, Integer.SIZE);
        store(Stamp.part("pid"));
    }

    /**
     * The cgroup and what lies above it, from level 1 down to the cgroup itself: asking is what costs, so no level is asked for beyond. A
     * cgroup that lies less deep leaves the rest 0, and the root has no level.
     */
    private void cgroups(Label done) {
        Label next = new Label("next");
        assembler.call(Helper.GET_CURRENT_CGROUP_ID.id());
        store(Stamp.part("cgroup"));
        assembler
                .mov(CGROUP, Reg.R0)
                .mov(LEVEL, 1)
                .bind(next)
                .mov(Reg.R1, LEVEL)
                .call(Helper.GET_CURRENT_ANCESTOR_CGROUP_ID.id())
                .jump(Insn.JumpOp.EQ, Reg.R0, 0, done);
        store(Stamp.part("ancestor1"));
        assembler
                .jump(Insn.JumpOp.EQ, Reg.R0, CGROUP, done)
                .alu(Insn.AluOp.ADD, STAMP, Width.DW.bytes())
                .alu(Insn.AluOp.ADD, LEVEL, 1)
                .jump(Insn.JumpOp.NE, LEVEL, Stamp.LEVELS + 1, next);
    }

    private void store(Stamp.Part part) {
        assembler.store(part.width(), STAMP, part.offset(), Reg.R0);
    }

    /** `r0 = bpf_sk_storage_get(stamps, r2, 0, flags)`. */
    private Assembler storage(int flags) {
        return assembler
                .loadSymbol(Reg.R1, Stamp.MAP.symbol(), 0)
                .mov(Reg.R3, 0)
                .mov(Reg.R4, flags)
                .call(Helper.SK_STORAGE_GET.id());
    }

    /**
     * `r0` is the stamp, and lies at {@link Stamp#ADDRESS}; or 0, where the context has no full socket, or the socket no stamp of
     * this layout.
     */
    void find(Hook hook) {
        Label found = new Label("found");
        assembler
                .load(
                        Width.DW,
                        Reg.R2,
                        Body.CONTEXT,
                        hook.context().require("sk").offset())
                .mov(Reg.R0, 0)
                .jump(Insn.JumpOp.EQ, Reg.R2, 0, found);
        storage(0)
                .jump(Insn.JumpOp.EQ, Reg.R0, 0, found)
                .load(Width.DW, Reg.R1, Reg.R0, PRESENT)
                .jump(Insn.JumpOp.SET, Reg.R1, Stamp.MAKER, found)
                .mov(Reg.R0, 0)
                .bind(found)
                .store(Width.DW, Reg.R10, Stamp.ADDRESS, Reg.R0);
    }

    /** `dst` is what {@link #find} has left. */
    Assembler address(Reg dst) {
        return assembler.load(Width.DW, dst, Reg.R10, Stamp.ADDRESS);
    }

    /** Copies the name to the stack, where it is walked; `r0` is 0. */
    void copyName(int to) {
        Stamp.Part comm = Stamp.part("comm");
        address(Reg.R1);
        for (int off = 0; off < comm.bytes(); off += Width.DW.bytes()) {
            assembler.load(Width.DW, Reg.R0, Reg.R1, comm.offset() + off).store(Width.DW, Reg.R10, to + off, Reg.R0);
        }
        assembler.mov(Reg.R0, 0);
    }
}
