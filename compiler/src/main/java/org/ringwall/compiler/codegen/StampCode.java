// SPDX-License-Identifier: Apache-2.0
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
import org.ringwall.bpf.kernel.PrivateField;
import org.ringwall.bpf.kernel.StorageFlag;
import org.ringwall.compiler.ir.Identity;
import org.ringwall.compiler.ir.Intrinsic;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.Stamp;

/** The code that writes and finds the stamp of a socket, `struct ringwall_stamp` in its storage. */
final class StampCode {
    /** The offset of `present`, the first member. */
    private static final int PRESENT = 0;

    /** The stamp, and then the address of its next ancestor. */
    private static final Reg STAMP = Reg.R7;

    private static final Reg LEVEL = Reg.R8;

    private static final Reg CGROUP = Reg.R9;

    /** The registers that {@link #write} destroys. */
    static final Set<Reg> WRITING = writing();

    /** The cgroup of the kernel's own threads: the root of the hierarchy. */
    private static final int ROOT_CGROUP = 1;

    /** TCP_ESTABLISHED of include/net/tcp_states.h. */
    private static final int ESTABLISHED = 1;

    private final Assembler assembler;
    private final boolean mptcp;
    private final boolean callers;
    private final boolean cookies;

    private StampCode(Assembler assembler, boolean mptcp, boolean callers, boolean cookies) {
        this.assembler = assembler;
        this.mptcp = mptcp;
        this.callers = callers;
        this.cookies = cookies;
    }

    /**
     * Returns the code for a routine. Kernels of the target may be able to find the MPTCP socket of
     * a subflow.
     */
    static StampCode of(Routine routine, Assembler assembler, Target target) {
        boolean mptcp = Helper.SKC_TO_MPTCP_SOCK.availableAt(routine.hook(), target.oldest());
        boolean callers = routine.blocks().stream()
                .flatMap(block -> block.instructions().stream())
                .anyMatch(instruction -> instruction.op() == Intrinsic.CALLER);
        boolean cookies = Helper.GET_NETNS_COOKIE.availableAt(routine.hook(), target.oldest());
        return new StampCode(assembler, mptcp, mptcp && callers, cookies);
    }

    private static Set<Reg> writing() {
        Set<Reg> writing = EnumSet.of(STAMP, LEVEL, CGROUP);
        writing.addAll(RegisterConstraints.CALL);
        return Collections.unmodifiableSet(writing);
    }

    /**
     * Writes the stamp. Every part is written whatever the policy reads, so that the stamp serves
     * every later generation: all of these helpers exist at sock_create from 5.10. Sets `r0` to 1,
     * or to 0 if the kernel has no room for the socket's storage (net.core.optmem_max) or no
     * memory. The kernel zeroes a new value (`bpf_selem_alloc` in kernel/bpf/bpf_local_storage.c),
     * and the parts are written in place, because no other program has the socket yet. An existing
     * stamp is kept.
     */
    void write() {
        Label stamped = new Label("stamped");
        Label done = new Label("done");
        assembler.mov(Reg.R2, InstructionSelector.CONTEXT);
        storage(StorageFlag.CREATE.bit())
                .jump(Insn.JumpOp.EQ, Reg.R0, 0, done)
                .mov(STAMP, Reg.R0)
                .load(Width.DW, Reg.R1, STAMP, PRESENT)
                .jump(Insn.JumpOp.NE, Reg.R1, 0, stamped)
                .store(Width.DW, STAMP, PRESENT, Stamp.MAKER);
        ids();
        assembler.mov(Reg.R1, InstructionSelector.CONTEXT).call(Helper.GET_NETNS_COOKIE.id());
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

    /** Writes the ids of the user and the process; one helper call returns both ids of each. */
    private void ids() {
        assembler.call(Helper.GET_CURRENT_UID_GID.id());
        store(Stamp.part("uid"));
        assembler.alu(Insn.AluOp.RSH, Reg.R0, Integer.SIZE);
        store(Stamp.part("gid"));
        assembler.call(Helper.GET_CURRENT_PID_TGID.id()).alu(Insn.AluOp.RSH, Reg.R0, Integer.SIZE);
        store(Stamp.part("pid"));
    }

    /**
     * Writes the cgroup and its ancestors, from level 1 down to the cgroup itself. The helper calls
     * are the cost, so no level beyond is requested. A shallower cgroup leaves the other levels 0,
     * and the root has no level.
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
     * Sets `r0` to the value in the storage of the socket at r2. Branches to `stamped` if it is a
     * stamp, to `absent` if it is 0, and falls through otherwise.
     */
    private void stored(Label absent, Label stamped) {
        storage(0)
                .jump(Insn.JumpOp.EQ, Reg.R0, 0, absent)
                .load(Width.DW, Reg.R1, Reg.R0, PRESENT)
                .jump(Insn.JumpOp.SET, Reg.R1, Stamp.MAKER, stamped);
    }

    /**
     * Sets `r0` to the stamp and stores it at {@link Stamp#ADDRESS}. Both are 0 if the context has
     * no full socket, or if neither the socket nor the MPTCP socket of which it is a subflow has a
     * stamp of this layout.
     */
    void find(Hook hook) {
        Label found = new Label("found");
        Label other = new Label("other");
        socket(hook, Reg.R2).mov(Reg.R0, 0).jump(Insn.JumpOp.EQ, Reg.R2, 0, found);
        stored(mptcp ? other : found, found);
        if (mptcp) {
            assembler.bind(other);
            socket(hook, Reg.R1).mov(Reg.R0, 0).jump(Insn.JumpOp.EQ, Reg.R1, 0, found);
            ofMptcp(found);
        }
        assembler.mov(Reg.R0, 0).bind(found).store(Width.DW, Reg.R10, Stamp.ADDRESS, Reg.R0);
    }

    /**
     * Stores the cookie of the network namespace of the context's socket in the frame at `at`, or
     * branches to `absent`. If kernels of the target have no helper for it here, the cookie comes
     * from the stamp, which an accepted socket inherits from its listener.
     */
    void namespace(Hook hook, int at, Label absent) {
        if (cookies) {
            assembler.mov(Reg.R1, InstructionSelector.CONTEXT).call(Helper.GET_NETNS_COOKIE.id());
        } else {
            socket(hook, Reg.R2).jump(Insn.JumpOp.EQ, Reg.R2, 0, absent);
            Stamp.Part netns = Stamp.part("netns");
            Label stamped = new Label("stamped");
            stored(absent, stamped);
            assembler.goTo(absent).bind(stamped).load(netns.width(), Reg.R0, Reg.R0, netns.offset());
        }
        assembler.store(Width.DW, Reg.R10, at, Reg.R0);
    }

    private Assembler socket(Hook hook, Reg dst) {
        return assembler.load(
                Width.DW,
                dst,
                InstructionSelector.CONTEXT,
                hook.context().require("sk").offset());
    }

    /**
     * Continues at `found` with `r0` set to the stamp of the MPTCP socket of which r1 is a subflow,
     * or to 0; falls through otherwise.
     */
    private void ofMptcp(Label found) {
        assembler
                .call(Helper.SKC_TO_MPTCP_SOCK.id())
                .jump(Insn.JumpOp.EQ, Reg.R0, 0, found)
                .mov(Reg.R2, Reg.R0);
        stored(found, found);
    }

    /**
     * At bind and connect: sets `r0` to 1, or to 0 if the caller is not known. {@link
     * Stamp#ADDRESS} is the address of the stamp that says who it is, or 0 if it is the calling
     * task.
     *
     * <p>Once an MPTCP connection is established, a kernel worker, or a path manager in user space
     * with MPTCP_PM_CMD_SUBFLOW_CREATE, binds and connects further subflows for the creator of the
     * MPTCP socket; `__mptcp_subflow_connect` refuses to before. The caller is not known if that
     * socket has no stamp, and neither is a worker that calls for any other socket.
     */
    void caller(Hook hook) {
        Label done = new Label("known");
        Label further = new Label("further");
        if (mptcp) {
            Label called = new Label("called");
            assembler.store(Width.DW, Reg.R10, Stamp.ADDRESS, 0);
            socket(hook, Reg.R1)
                    .call(Helper.SKC_TO_MPTCP_SOCK.id())
                    .jump(Insn.JumpOp.EQ, Reg.R0, 0, called)
                    .mov(Reg.R1, Reg.R0)
                    .addOffset(Reg.R1, PrivateField.SOCKET_STATE)
                    .load(Width.B, Reg.R1, Reg.R1, 0)
                    .jump(Insn.JumpOp.EQ, Reg.R1, ESTABLISHED, further)
                    .bind(called);
        }
        assembler
                .call(Helper.GET_CURRENT_CGROUP_ID.id())
                .mov(Reg.R1, Reg.R0)
                .mov(Reg.R0, 1)
                .jump(Insn.JumpOp.NE, Reg.R1, ROOT_CGROUP, done)
                .mov(Reg.R0, 0);
        if (mptcp) {
            Label stamp = new Label("stamp");
            assembler.goTo(done).bind(further).mov(Reg.R2, Reg.R0);
            stored(done, stamp);
            assembler
                    .mov(Reg.R0, 0)
                    .goTo(done)
                    .bind(stamp)
                    .store(Width.DW, Reg.R10, Stamp.ADDRESS, Reg.R0)
                    .mov(Reg.R0, 1);
        }
        assembler.bind(done);
    }

    /**
     * Runs `stamped`, out of line, if {@link #caller} has found a stamp, else `called`. Both leave
     * their result in `r0`.
     */
    void ofCaller(OutOfLine outOfLine, Runnable stamped, Runnable called) {
        if (!callers) {
            called.run();
            return;
        }
        Label maker = new Label("maker");
        Label done = new Label("who");
        // Not r1, which may be the address of the record for the result.
        address(Reg.R3).jump(Insn.JumpOp.NE, Reg.R3, 0, maker);
        called.run();
        outOfLine.add(maker, done, () -> {
            stamped.run();
            assembler.goTo(done);
        });
        assembler.bind(done);
    }

    /** Sets `r0` to the caller's identity in the form that the helper returns. */
    void identity(Identity identity, OutOfLine outOfLine) {
        ofCaller(outOfLine, () -> stamped(identity), () -> {
            if (identity.level() != 0) {
                assembler.mov(Reg.R1, identity.level());
            }
            assembler.call(identity.source().helper().id());
        });
    }

    /**
     * Writes the caller's name into the `size` bytes just below the frame's top; sets `r0` to 0.
     */
    void name(int size, OutOfLine outOfLine) {
        ofCaller(
                outOfLine,
                () -> copyName(size),
                () -> assembler
                        .mov(Reg.R1, Reg.R10)
                        .alu(Insn.AluOp.ADD, Reg.R1, -size)
                        .mov(Reg.R2, size)
                        .call(Helper.GET_CURRENT_COMM.id()));
    }

    /** Does the same for the creator in the stamp; the thread id of a process is 0. */
    private void stamped(Identity identity) {
        address(Reg.R1);
        switch (identity.source()) {
            case UID_GID -> {
                part("gid").alu(Insn.AluOp.LSH, Reg.R0, Integer.SIZE);
                Stamp.Part uid = Stamp.part("uid");
                assembler.load(uid.width(), Reg.R2, Reg.R1, uid.offset()).alu(Insn.AluOp.OR, Reg.R0, Reg.R2);
            }
            case PID_TGID -> part("pid").alu(Insn.AluOp.LSH, Reg.R0, Integer.SIZE);
            case CGROUP -> part("cgroup");
            case ANCESTOR -> part(Stamp.ancestor(identity.level()));
            case NETNS_COOKIE, SOCKET_COOKIE, SKB_CGROUP ->
                throw new IllegalStateException(identity + " is of the socket itself");
        }
    }

    private Assembler part(String word) {
        return part(Stamp.part(word));
    }

    private Assembler part(Stamp.Part part) {
        return assembler.load(part.width(), Reg.R0, Reg.R1, part.offset());
    }

    /** Sets `dst` to the address that {@link #find} has stored. */
    Assembler address(Reg dst) {
        return assembler.load(Width.DW, dst, Reg.R10, Stamp.ADDRESS);
    }

    /**
     * Copies the name into the `size` bytes just below the frame's top, as `bpf_get_current_comm`
     * does: truncated, with a NUL. Sets `r0` to 0.
     */
    void copyName(int size) {
        Stamp.Part comm = Stamp.part("comm");
        address(Reg.R1);
        int off = 0;
        while (off < size) {
            Width width = Width.ofBytes(Math.min(Width.DW.bytes(), Integer.highestOneBit(size - off)));
            assembler.load(width, Reg.R0, Reg.R1, comm.offset() + off).store(width, Reg.R10, off - size, Reg.R0);
            off += width.bytes();
        }
        if (size < comm.bytes()) {
            assembler.store(Width.B, Reg.R10, -1, 0);
        }
        assembler.mov(Reg.R0, 0);
    }
}
