// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.IpProtocol;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.PacketDepth;
import org.ringwall.compiler.ir.PacketFrame;
import org.ringwall.compiler.ir.PacketFrame.Base;
import org.ringwall.compiler.ir.Terminator;

/**
 * The slow path that decodes a packet to the stack (docs/semantics.md section 11). An IP header in
 * the linear part is copied from there. All other bytes come through bpf_skb_load_bytes: it accepts
 * any offset in a register, reaches fragments of the skb that no packet pointer reaches, and fails
 * beyond the packet's end, so the verifier needs no proof.
 *
 * <p>A packet that turns out to be plain continues with plain packets; only the others need words
 * of the frame. Words that some path does not write are zeroed first, because kernels before 6.3
 * refuse to read them. The transport headers of both families share one copy, and a counting loop
 * skips the extension headers.
 */
final class PacketDecoder {
    /**
     * The right shifts of `length << 3` for extension headers, packed into one number:
     * `SHORTER >> protocol & 31`. The shift is 1 for an authentication header, which counts words
     * of 4 bytes instead of 8; 16 for a fragment header, which has no length; and 0 for the others.
     */
    private static final long SHORTER = 1L << PacketHeaders.AUTHENTICATION | 1L << PacketHeaders.FRAGMENT + 4;

    private static final int MOST_SHORTER = 31;

    private static final int ABSENT = 1;
    private static final int UNKNOWN = 2;
    /** The protocols with ports or types, except for TCP, which also has flags. */
    private static final List<Integer> WITH_TRANSPORT = List.of(
            IpProtocol.ICMP.number(),
            IpProtocol.UDP.number(),
            IpProtocol.DCCP.number(),
            IpProtocol.ICMPV6.number(),
            IpProtocol.SCTP.number(),
            IpProtocol.UDPLITE.number());

    private static final Reg CONTEXT = InstructionSelector.CONTEXT;
    /** The offset of the next header. */
    private static final Reg OFFSET = Reg.R7;
    /** The protocol number of the next header. */
    private static final Reg PROTOCOL = PacketHeaders.PROTOCOL;

    /** The number of extension headers that have been skipped. */
    private static final Reg COUNT = Reg.R9;
    /** {@link Variable#PACKET_TRANSPORT} of a packet that is not plain. */
    private static final Reg STATE = Reg.R1;

    private final Assembler code;
    private final Terminator.OpenPacket open;
    private final PacketHeaders headers;
    private final PacketPlaces read;
    private final Function<BlockId, Label> labels;
    /**
     * Whether packets that are not plain are handled like packets without a header, of which no
     * field may be read.
     */
    private final boolean refuses;

    private final Label four = new Label("four");
    private final Label later = new Label("later");
    private final Label absent = new Label("absent");
    private final Label transport = new Label("transport");
    private final Label whole = new Label("whole");
    private final Label framed = new Label("framed");
    private final Label odd;
    private final Label unknown;
    private final Label lost;
    private final List<Label> used = new ArrayList<>();

    /** Creates a decoder; r0 holds the skb's protocol and r6 the context. */
    PacketDecoder(
            Assembler code,
            Terminator.OpenPacket open,
            PacketHeaders headers,
            PacketPlaces read,
            Function<BlockId, Label> labels) {
        this.code = code;
        this.open = open;
        this.headers = headers;
        this.read = read;
        this.labels = labels;
        this.refuses = open.other().isEmpty() || open.other().equals(open.none());
        this.lost = open.none().map(labels).orElseGet(() -> new Label("lost"));
        this.odd = refuses ? lost : new Label("odd");
        this.unknown = refuses ? lost : new Label("unknown");
    }

    /** Emits the decoder. No path falls through at its end. */
    void decode() {
        blank();
        if (both()) {
            code.jump(Insn.JumpOp.EQ, Reg.R0, headers.network(PacketHeaders.ETH_P_IP), four);
        }
        if (open.none().isEmpty()) {
            code.jump(Insn.JumpOp.NE, Reg.R0, headers.network(PacketHeaders.ETH_P_IPV6), lost);
        }
        if (open.six().isPresent()) {
            six();
        }
        if (open.four().isPresent()) {
            four();
        }
        code.bind(transport);
        if (deep(PacketDepth.TRANSPORT)) {
            transport();
        }
        whole();
        if (refuses && used.contains(later)) {
            later();
        } else if (!refuses) {
            odd();
        }
    }

    private boolean deep(PacketDepth least) {
        return open.depth().compareTo(least) >= 0;
    }

    private boolean both() {
        return open.four().isPresent() && open.six().isPresent();
    }

    /** Marks the label as used, so that its code is emitted. */
    private Label to(Label label) {
        used.add(label);
        return label;
    }

    /** Zeroes words that some path does not write but later blocks read. */
    private void blank() {
        // A protocol without a transport header loads nothing, and the verifier does not know that
        // later blocks test the protocol.
        if (deep(PacketDepth.FLAGS) || read.has(Base.TRANSPORT)) {
            zeros(PacketFrame.TRANSPORT, PacketFrame.HEADER);
        }
        if (open.none().isEmpty() && read.has(Base.HEADER)) {
            zeros(PacketFrame.HEADER, PacketFrame.TOP);
        } else if (open.four().isPresent() && read.headerBeyond(PacketHeaders.V4_LENGTH)) {
            zeros(PacketFrame.HEADER + (PacketHeaders.V4_LENGTH & -Width.DW.bytes()), PacketFrame.TOP);
        }
        if (keepsFragment()) {
            set(PacketFrame.FRAGMENT, 0);
        }
        tell(PacketFrame.TRANSPORT_STATE, 0);
        tell(PacketFrame.FLAGS_CUT, 0);
    }

    private void zeros(int from, int to) {
        for (int at = from; at < to; at += Width.DW.bytes()) {
            code.store(Width.DW, Reg.R10, at, 0);
        }
    }

    private boolean keepsFragment() {
        return open.fragments() && !refuses;
    }

    /** `*(u32 *)(r10 + at) = value`. */
    private void set(int at, int value) {
        code.store(Width.W, Reg.R10, at, value);
    }

    private void tell(int at, int value) {
        if (read.has(at)) {
            set(at, value);
        }
    }

    private void tellFamily(int family) {
        if (read.has(PacketFrame.FAMILY)) {
            code.mov(Reg.R1, family).store(Width.DW, Reg.R10, PacketFrame.FAMILY, Reg.R1);
        }
    }

    /** `r0 = bpf_skb_load_bytes(r6, r2, r10 + at, r4)`: 0, or negative if the packet is shorter. */
    private void loadBytes(int at) {
        code.mov(Reg.R1, CONTEXT)
                .mov(Reg.R3, Reg.R10)
                .alu(Insn.AluOp.ADD, Reg.R3, at)
                .call(Helper.SKB_LOAD_BYTES.id());
    }

    /** Does the same at the next header. */
    private void loadNext(int bytes) {
        code.mov(Reg.R2, OFFSET).mov(Reg.R4, bytes);
        loadBytes(PacketFrame.TRANSPORT);
    }

    /** Copies the fixed header of this many bytes, from the linear part if it is there. */
    private void header(int bytes) {
        Label linear = new Label("linear");
        code.load(Width.W, Reg.R5, CONTEXT, PacketHeaders.SKB_DATA)
                .load(Width.W, Reg.R2, CONTEXT, PacketHeaders.SKB_DATA_END)
                .mov(Reg.R3, Reg.R5)
                .alu(Insn.AluOp.ADD, Reg.R3, bytes)
                .jump(Insn.JumpOp.LE, Reg.R3, Reg.R2, linear)
                .mov(Reg.R2, 0)
                .mov(Reg.R4, bytes);
        loadBytes(PacketFrame.FETCHED);
        code.jump(Insn.JumpOp.NE, Reg.R0, 0, lost)
                .mov(Reg.R5, Reg.R10)
                .alu(Insn.AluOp.ADD, Reg.R5, PacketFrame.FETCHED)
                .bind(linear);
        for (int at = 0; at < bytes; at += Width.DW.bytes()) {
            Width width = bytes - at < Width.DW.bytes() ? Width.W : Width.DW;
            code.load(width, Reg.R1, Reg.R5, at).store(width, Reg.R10, PacketFrame.HEADER + at, Reg.R1);
        }
    }

    private void four() {
        code.bind(four);
        header(PacketHeaders.V4_LENGTH);
        code.load(Width.B, OFFSET, Reg.R10, PacketFrame.HEADER)
                .alu(Insn.AluOp.ADD, OFFSET, -PacketHeaders.V4_FIRST)
                .jump(Insn.JumpOp.GT, OFFSET, PacketHeaders.MOST_OPTIONS, lost);
        tellFamily(AddressFamily.INET.number());
        if (deep(PacketDepth.TRANSPORT) || read.has(Base.PROTOCOL)) {
            code.load(Width.B, PROTOCOL, Reg.R10, PacketFrame.HEADER + PacketHeaders.V4_PROTOCOL);
        }
        if (deep(PacketDepth.TRANSPORT)) {
            code.alu(Insn.AluOp.LSH, OFFSET, 2).alu(Insn.AluOp.ADD, OFFSET, PacketHeaders.V4_LENGTH);
        }
        if (open.fragments() || deep(PacketDepth.TRANSPORT)) {
            piece();
        }
    }

    /** Tests for a v4 fragment; only the first one has a transport header. */
    private void piece() {
        code.load(Width.H, Reg.R1, Reg.R10, PacketFrame.HEADER + PacketHeaders.V4_FRAGMENT);
        if (keepsFragment()) {
            code.alu(Insn.AluOp.AND, Reg.R1, headers.network(PacketHeaders.MORE_OR_OFFSET))
                    .jump(Insn.JumpOp.EQ, Reg.R1, 0, transport);
            set(PacketFrame.FRAGMENT, 1);
            if (!deep(PacketDepth.TRANSPORT)) {
                return;
            }
        }
        code.alu(
                        Insn.AluOp.AND,
                        Reg.R1,
                        headers.network(
                                refuses && open.fragments() ? PacketHeaders.MORE_OR_OFFSET : PacketHeaders.V4_OFFSET))
                .jump(Insn.JumpOp.NE, Reg.R1, 0, refuses ? odd : to(absent));
    }

    private void six() {
        header(PacketHeaders.V6_LENGTH);
        headers.six(Reg.R10, PacketFrame.HEADER, Reg.R1, lost);
        tellFamily(AddressFamily.INET6.number());
        if (deep(PacketDepth.PROTOCOL)) {
            code.load(Width.B, PROTOCOL, Reg.R10, PacketFrame.HEADER + PacketHeaders.V6_PROTOCOL);
            walk();
            if (!refuses) {
                unknown();
            }
        } else if (open.four().isPresent()) {
            code.goTo(whole);
        }
    }

    /**
     * Skips extension headers from r7 on. Afterwards r7 and r8 describe the header that follows
     * them. One header more than allowed is visited, and the packet is then unreadable. The
     * verifier walks every iteration, with a known count in r9, and keeps few of the states inside
     * a loop (is_state_visited in kernel/bpf/verifier.c). Paths therefore leave the loop, but none
     * split and join inside it, so that its body is walked once per iteration.
     */
    private void walk() {
        Label next = new Label("next");
        code.mov(OFFSET, PacketHeaders.V6_LENGTH).mov(COUNT, 0).bind(next);
        headers.noExtension(transport);
        loadNext(Width.DW.bytes());
        code.load(Width.B, Reg.R1, Reg.R10, PacketFrame.TRANSPORT + 1)
                .loadImm64(Reg.R2, SHORTER)
                .alu(Insn.AluOp.RSH, Reg.R2, PROTOCOL)
                .alu(Insn.AluOp.AND, Reg.R2, MOST_SHORTER)
                .alu(Insn.AluOp.LSH, Reg.R1, 3)
                .alu(Insn.AluOp.RSH, Reg.R1, Reg.R2)
                .alu(Insn.AluOp.ADD, OFFSET, Reg.R1)
                .alu(Insn.AluOp.ADD, OFFSET, Width.DW.bytes())
                .alu(Insn.AluOp.RSH, Reg.R2, 4);
        if (keepsFragment()) {
            code.load(Width.B, Reg.R1, Reg.R10, PacketFrame.TRANSPORT + 3)
                    .alu(Insn.AluOp.AND, Reg.R1, Reg.R2)
                    .load(Width.W, Reg.R3, Reg.R10, PacketFrame.FRAGMENT)
                    .alu(Insn.AluOp.OR, Reg.R1, Reg.R3)
                    .store(Width.W, Reg.R10, PacketFrame.FRAGMENT, Reg.R1);
        }
        boolean pieces = refuses && open.fragments();
        boolean ends = pieces || refuses && deep(PacketDepth.TRANSPORT);
        code.load(Width.H, Reg.R1, Reg.R10, PacketFrame.TRANSPORT + 2)
                .alu(
                        Insn.AluOp.AND,
                        Reg.R1,
                        headers.network(pieces ? PacketHeaders.V6_MORE_OR_OFFSET : PacketHeaders.V6_OFFSET))
                .alu(Insn.AluOp.MUL, Reg.R1, Reg.R2)
                .alu(Insn.AluOp.OR, Reg.R1, Reg.R0)
                .jump(Insn.JumpOp.NE, Reg.R1, 0, ends ? odd : to(later))
                .load(Width.B, PROTOCOL, Reg.R10, PacketFrame.TRANSPORT)
                .alu(Insn.AluOp.ADD, COUNT, 1)
                .jump(Insn.JumpOp.NE, COUNT, Variable.MOST_EXTENSIONS + 1, next);
        if (refuses) {
            code.goTo(unknown);
        }
    }

    /** Handles a packet whose protocol cannot be determined. */
    private void unknown() {
        code.bind(unknown);
        if (read.has(Base.PROTOCOL)) {
            code.mov(PROTOCOL, Variable.UNKNOWN_PROTOCOL);
        }
        if (keepsFragment()) {
            set(PacketFrame.FRAGMENT, UNKNOWN);
        }
        odd(UNKNOWN);
        code.goTo(odd);
    }

    /** Sets the state of the transport header for the code at `odd`. */
    private void odd(int state) {
        if (read.has(PacketFrame.TRANSPORT_STATE)) {
            code.mov(STATE, state);
        }
    }

    /**
     * Loads the transport header. If all bytes that may be read are there, nothing else is tested.
     * A shorter packet is cut off only if its protocol has ports, types or flags.
     */
    private void transport() {
        Label cut = refuses ? odd : new Label("cut");
        boolean flags = deep(PacketDepth.FLAGS);
        Label cutFlags = refuses || !flags ? cut : new Label("cutFlags");
        Label missing = new Label("missing");
        if (flags) {
            bytesUpToFlags();
        } else {
            code.mov(Reg.R4, PacketHeaders.PORTS);
        }
        code.mov(Reg.R2, OFFSET)
                .mov(Reg.R1, Reg.R2)
                .alu(Insn.AluOp.ADD, Reg.R1, Reg.R4)
                .load(Width.W, Reg.R3, CONTEXT, PacketHeaders.SKB_LENGTH)
                .jump(Insn.JumpOp.GT, Reg.R1, Reg.R3, missing);
        loadBytes(PacketFrame.TRANSPORT);
        code.jump(Insn.JumpOp.EQ, Reg.R0, 0, whole)
                .bind(missing)
                .jump(Insn.JumpOp.EQ, PROTOCOL, IpProtocol.TCP.number(), cutFlags);
        WITH_TRANSPORT.forEach(protocol -> code.jump(Insn.JumpOp.EQ, PROTOCOL, protocol, cut));
        if (!refuses) {
            code.goTo(whole);
            if (flags) {
                cutFlags(cutFlags);
            }
            code.bind(cut);
            odd(UNKNOWN);
            code.goTo(odd);
        }
    }

    /**
     * Sets `r4` to the number of bytes up to TCP's flags, or of the ports for all other protocols:
     * `r4 = ((r8 ^ 6) - 1 >> 63) * 10 + 4`. There is no branch, so that the verifier walks this
     * once.
     */
    private void bytesUpToFlags() {
        code.mov(Reg.R4, PROTOCOL)
                .alu(Insn.AluOp.XOR, Reg.R4, IpProtocol.TCP.number())
                .alu(Insn.AluOp.SUB, Reg.R4, 1)
                .alu(Insn.AluOp.RSH, Reg.R4, Long.SIZE - 1)
                .alu(Insn.AluOp.MUL, Reg.R4, PacketHeaders.FLAGS_OFFSET + 1 - PacketHeaders.PORTS)
                .alu(Insn.AluOp.ADD, Reg.R4, PacketHeaders.PORTS);
    }

    /** Handles TCP without flags, and possibly without ports. */
    private void cutFlags(Label cutFlags) {
        code.bind(cutFlags);
        loadNext(PacketHeaders.PORTS);
        tell(PacketFrame.FLAGS_CUT, 1);
        if (read.has(PacketFrame.TRANSPORT_STATE)) {
            code.mov(STATE, Reg.R0).alu(Insn.AluOp.RSH, STATE, Long.SIZE - 1).alu(Insn.AluOp.LSH, STATE, 1);
        }
        code.goTo(odd);
    }

    /** Continues with plain packets, unless the packet is a fragment and fragments are tested. */
    private void whole() {
        code.bind(whole);
        if (keepsFragment()) {
            code.load(Width.W, Reg.R1, Reg.R10, PacketFrame.FRAGMENT).jump(Insn.JumpOp.NE, Reg.R1, 0, framed);
        }
        pointers();
        if (both() && !open.four().equals(open.six())) {
            boolean filled = read.has(PacketFrame.FAMILY);
            code.load(
                            filled ? Width.DW : Width.W,
                            Reg.R1,
                            filled ? Reg.R10 : CONTEXT,
                            filled ? PacketFrame.FAMILY : PacketHeaders.SKB_PROTOCOL)
                    .jump(
                            Insn.JumpOp.EQ,
                            Reg.R1,
                            filled ? AddressFamily.INET.number() : headers.network(PacketHeaders.ETH_P_IP),
                            labels.apply(open.four().orElseThrow()));
        }
        code.goTo(labels.apply(open.six().or(open::four).orElseThrow()));
    }

    private void pointers() {
        for (Base base : List.of(Base.HEADER, Base.TRANSPORT)) {
            if (read.has(base)) {
                Reg reg = PacketOpening.register(base);
                code.mov(reg, Reg.R10).alu(Insn.AluOp.ADD, reg, base.from());
            }
        }
    }

    /**
     * Handles a missing extension header, one too many, and a later v6 fragment. The protocol of a
     * later fragment is the one in its fragment header, unless that is a further extension header.
     */
    private void later() {
        code.bind(later)
                .jump(Insn.JumpOp.NE, Reg.R0, 0, unknown)
                .jump(Insn.JumpOp.EQ, COUNT, Variable.MOST_EXTENSIONS, unknown);
        if (keepsFragment()) {
            set(PacketFrame.FRAGMENT, 1);
        }
        boolean absents = deep(PacketDepth.TRANSPORT);
        if (!absents || read.has(Base.PROTOCOL)) {
            code.load(Width.B, PROTOCOL, Reg.R10, PacketFrame.TRANSPORT);
            headers.noExtension(absents ? absent : whole);
        }
        if (refuses) {
            code.goTo(odd);
            return;
        }
        if (read.has(Base.PROTOCOL)) {
            code.mov(PROTOCOL, Variable.UNKNOWN_PROTOCOL);
        }
        to(absent);
    }

    /** Handles packets that are not plain. */
    private void odd() {
        if (open.none().isEmpty()) {
            code.bind(lost);
            tellFamily(0);
            if (deep(PacketDepth.PROTOCOL)) {
                code.goTo(unknown);
            }
        }
        if (used.contains(later)) {
            later();
        }
        if (used.contains(absent)) {
            code.bind(absent);
            odd(ABSENT);
        }
        if (open.six().isPresent() || deep(PacketDepth.TRANSPORT)) {
            forget();
        }
        code.bind(framed);
        pointers();
        code.goTo(labels.apply(open.other().orElseThrow()));
    }

    /**
     * Stores the state and joins all paths. The verifier would otherwise walk the following code
     * for each protocol.
     */
    private void forget() {
        code.bind(odd);
        if (read.has(PacketFrame.TRANSPORT_STATE)) {
            code.store(Width.W, Reg.R10, PacketFrame.TRANSPORT_STATE, STATE);
        }
        if (read.has(Base.PROTOCOL)) {
            code.store(Width.W, Reg.R10, PacketFrame.PROTOCOL, PROTOCOL)
                    .load(Width.W, PROTOCOL, Reg.R10, PacketFrame.PROTOCOL);
        }
    }
}
