// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.sockets;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfFormatException;
import org.ringwall.bpf.btf.BtfReader;
import org.ringwall.bpf.insn.Cpu;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.sys.Fd;

/**
 * The removed cgroups to which sockets still belong, each with its ancestors. No file system shows
 * them any more. Iterators over the TCP and the UDP sockets of a network namespace
 * ({@code bpf_iter_tcp}, {@code bpf_iter_udp}, Linux 5.9) read them from the sockets.
 */
final class CgroupChains implements AutoCloseable {
    /** How many cgroups are read for a socket: its own and those above, the root included. */
    private static final int LEVELS = 32;

    /** {@code CSS_ONLINE} of include/linux/cgroup-defs.h, which removal takes from a cgroup. */
    private static final int CSS_ONLINE = 2;

    /** The states of include/net/tcp_states.h in which an entry of TCP's table is not a socket. */
    private static final int TIME_WAIT = 6;

    private static final int NEW_SYN_RECV = 12;

    /**
     * The bits of the pointer in `struct sock_cgroup_data` before Linux 5.15: whether it is another
     * value instead, and that no reference is counted.
     */
    private static final int OTHER_VALUE = 1;

    private static final int FLAGS = 3;

    private static final int SEQ_WRITE = 127;

    /** Offsets from the frame pointer: two scratch words, and the ids. */
    private static final int SCRATCH = -8;

    private static final int NEXT = -16;
    private static final int IDS = NEXT - LEVELS * Long.BYTES;

    private static final Set<String> NAMES = Set.of(
            "bpf_iter_tcp", "bpf_iter_udp", "sock", "sock_common", "cgroup", "cgroup_subsys_state", "kernfs_node");

    private final Bpf bpf;
    private final List<Fd> programs;

    private CgroupChains(Bpf bpf, List<Fd> programs) {
        this.bpf = bpf;
        this.programs = programs;
    }

    /** Loads the iterators; empty if this kernel has none, or this process may not use them. */
    static Optional<CgroupChains> of(Bpf bpf) {
        Optional<byte[]> types = bpf.kernelTypes();
        if (types.isEmpty()) {
            return Optional.empty();
        }
        CgroupChains chains = new CgroupChains(bpf, new ArrayList<>());
        try {
            Btf kernel = BtfReader.readNamed(types.get(), NAMES);
            for (String function : List.of("bpf_iter_tcp", "bpf_iter_udp")) {
                Bytes code = Bytes.of(InsnCodec.encode(new CgroupChains.Code(kernel).insns(), ByteOrder.nativeOrder()));
                int id = kernel.func(function).orElseThrow(Missing::new);
                chains.programs.add(bpf.progLoad(ProgSpec.iterator("ringwall_chains", id, code)));
            }
            return Optional.of(chains);
        } catch (BtfFormatException | Missing | KernelRefusedException e) {
            chains.close();
            return Optional.empty();
        }
    }

    /**
     * Reads the removed cgroups of the sockets in the network namespace of the calling thread.
     *
     * @return the ids of each with those of its ancestors, from the cgroup itself to the root
     */
    Set<List<Long>> read() {
        Set<List<Long>> chains = new HashSet<>();
        for (Fd program : programs) {
            ByteBuffer in = ByteBuffer.wrap(bpf.iterate(program)).order(ByteOrder.nativeOrder());
            while (in.remaining() >= LEVELS * Long.BYTES) {
                List<Long> chain = new ArrayList<>();
                for (int level = 0; level < LEVELS; level++) {
                    long id = in.getLong();
                    if (id != 0) {
                        chain.add(id);
                    }
                }
                chains.add(List.copyOf(chain));
            }
        }
        return chains;
    }

    @Override
    public void close() {
        programs.forEach(Fd::close);
    }

    /** A struct or field that this kernel does not have. */
    private static final class Missing extends Exception {
        private static final long serialVersionUID = 1;
    }

    /** The program of an iterator. Its context is a pointer to metadata, and one to a socket. */
    private static final class Code {
        private static final Reg CONTEXT = Reg.R6;
        private static final Reg AT = Reg.R7;

        private final Assembler out = new Assembler(Cpu.V3);
        private final Btf kernel;

        Code(Btf kernel) {
            this.kernel = kernel;
        }

        List<Insn> insns() throws Missing {
            Label end = new Label("end");
            Label write = new Label("write");
            out.mov(CONTEXT, Reg.R1);
            out.load(Width.DW, AT, CONTEXT, Long.BYTES);
            out.jump(Insn.JumpOp.EQ, AT, 0, end);
            read(SCRATCH, 1, AT, offset("sock_common", "skc_state"));
            out.load(Width.B, Reg.R1, Reg.R10, SCRATCH);
            out.jump(Insn.JumpOp.EQ, Reg.R1, TIME_WAIT, end);
            out.jump(Insn.JumpOp.EQ, Reg.R1, NEW_SYN_RECV, end);
            read(SCRATCH, Long.BYTES, AT, offset("sock", "sk_cgrp_data"));
            out.load(Width.DW, AT, Reg.R10, SCRATCH);
            out.mov(Reg.R1, AT);
            out.alu(Insn.AluOp.AND, Reg.R1, OTHER_VALUE);
            out.jump(Insn.JumpOp.NE, Reg.R1, 0, end);
            out.alu(Insn.AluOp.AND, AT, ~FLAGS);
            out.jump(Insn.JumpOp.EQ, AT, 0, end);
            int self = offset("cgroup", "self");
            read(SCRATCH, Integer.BYTES, AT, self + offset("cgroup_subsys_state", "flags"));
            out.load(Width.W, Reg.R1, Reg.R10, SCRATCH);
            out.alu(Insn.AluOp.AND, Reg.R1, CSS_ONLINE);
            out.jump(Insn.JumpOp.NE, Reg.R1, 0, end);
            for (int level = 0; level < LEVELS; level++) {
                out.store(Width.DW, Reg.R10, IDS + level * Long.BYTES, 0);
            }
            for (int level = 0; level < LEVELS; level++) {
                read(SCRATCH, Long.BYTES, AT, offset("cgroup", "kn"));
                out.load(Width.DW, Reg.R1, Reg.R10, SCRATCH);
                read(IDS + level * Long.BYTES, Long.BYTES, Reg.R1, offset("kernfs_node", "id"));
                // The parent's `self` is a member of its `struct cgroup`.
                read(NEXT, Long.BYTES, AT, self + offset("cgroup_subsys_state", "parent"));
                out.load(Width.DW, AT, Reg.R10, NEXT);
                out.jump(Insn.JumpOp.EQ, AT, 0, write);
                out.alu(Insn.AluOp.ADD, AT, -self);
            }
            out.bind(write);
            out.load(Width.DW, Reg.R1, CONTEXT, 0);
            out.load(Width.DW, Reg.R1, Reg.R1, 0);
            out.mov(Reg.R2, Reg.R10);
            out.alu(Insn.AluOp.ADD, Reg.R2, IDS);
            out.mov(Reg.R3, LEVELS * Long.BYTES);
            out.call(SEQ_WRITE);
            out.bind(end);
            out.mov(Reg.R0, 0);
            out.exit();
            try {
                return out.layout().insns();
            } catch (CodeTooLargeException e) {
                throw new IllegalStateException(e);
            }
        }

        /** Copies bytes of the kernel's memory to the stack; zeros if they cannot be read. */
        private void read(int to, int size, Reg from, int offset) {
            out.mov(Reg.R3, from);
            out.alu(Insn.AluOp.ADD, Reg.R3, offset);
            out.mov(Reg.R2, size);
            out.mov(Reg.R1, Reg.R10);
            out.alu(Insn.AluOp.ADD, Reg.R1, to);
            out.call(Helper.PROBE_READ_KERNEL.id());
        }

        private int offset(String struct, String field) throws Missing {
            return kernel.struct(struct).stream()
                    .flatMap(found -> found.members().stream())
                    .filter(member -> member.name().equals(field) && member.bitSize() == 0)
                    .mapToInt(member -> Math.toIntExact(member.bitOffset() / Byte.SIZE))
                    .findFirst()
                    .orElseThrow(Missing::new);
        }
    }
}
