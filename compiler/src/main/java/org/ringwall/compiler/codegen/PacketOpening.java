// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.nio.ByteOrder;
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
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.PacketDepth;
import org.ringwall.compiler.ir.PacketFrame;
import org.ringwall.compiler.ir.PacketFrame.Base;
import org.ringwall.compiler.ir.Terminator;

/**
 * The code of {@link Terminator.OpenPacket}. A plain packet is read in place, between `data` and
 * `data_end` of the skb. `cg_skb_is_valid_access` in net/core/filter.c allows that since Linux 5.0,
 * and `bpf_compute_and_save_data_end` makes `data` the IP header and `data_end` the end of the
 * linear part. One comparison with the end proves to the verifier that all bytes can be read
 * (`find_good_pkt_pointers` in kernel/bpf/verifier.c).
 *
 * <p>Other packets are read through bpf_skb_load_bytes. Later code uses the same registers for
 * both: the verifier accepts a pointer to the stack on one path and a pointer to the packet on
 * another.
 */
final class PacketOpening {
    private static final Reg HEADER = Reg.R7;
    private static final Reg TRANSPORT = Reg.R9;
    private static final Reg END = Reg.R2;
    private static final Reg WORK = Reg.R3;
    private static final Reg FAMILY = Reg.R0;

    private final Assembler code;
    private final Terminator.OpenPacket open;
    private final Reg context;
    private final PacketHeaders headers;
    private final PacketPlaces read;
    private final Function<BlockId, Label> labels;
    private final Label notFour = new Label("notFour");
    private final Label fourThere = new Label("fourThere");
    private final Label shortFour = new Label("shortFour");
    private final Label sixThere = new Label("sixThere");
    private final Label shortSix = new Label("shortSix");
    private final Label extended = new Label("extended");
    private final Label cold = new Label("cold");
    private final Label coldFour;
    private final Label coldSix;
    private final Label lost;
    private final Reg header;

    /**
     * Creates the code that opens a packet.
     *
     * @param context the register of the context, r1 or r6
     * @param read what later blocks read of the packet
     * @param labels the labels of blocks
     */
    PacketOpening(
            Assembler code,
            Terminator.OpenPacket open,
            Reg context,
            ByteOrder order,
            PacketPlaces read,
            Function<BlockId, Label> labels) {
        this.code = code;
        this.open = open;
        this.context = context;
        this.headers = new PacketHeaders(code, order);
        this.read = read;
        this.labels = labels;
        this.lost = open.none().map(labels).orElse(cold);
        this.coldFour = decodes() ? cold : new Label("coldFour");
        this.coldSix = decodes() ? cold : new Label("coldSix");
        this.header = read.has(Base.HEADER) ? HEADER : Reg.R5;
    }

    /** Returns the register through which this part of a packet is read afterwards. */
    static Reg register(Base base) {
        return switch (base) {
            case HEADER -> HEADER;
            case TRANSPORT -> TRANSPORT;
            case PROTOCOL -> PacketHeaders.PROTOCOL;
        };
    }

    /** Returns whether more is needed than a header that is treated like one in the linear part. */
    private boolean decodes() {
        return open.filled() || open.depth() != PacketDepth.HEADER;
    }

    /**
     * Emits the inline code. Falls through with plain packets: v4 packets if these are tested, else
     * v6 packets.
     */
    BlockId emit() {
        code.load(Width.W, FAMILY, context, PacketHeaders.SKB_PROTOCOL)
                .load(Width.W, header, context, PacketHeaders.SKB_DATA)
                .load(Width.W, END, context, PacketHeaders.SKB_DATA_END);
        if (open.four().isPresent()) {
            code.jump(
                    Insn.JumpOp.NE,
                    FAMILY,
                    headers.network(PacketHeaders.ETH_P_IP),
                    open.six().isPresent() ? notFour : lost);
            four();
            return open.four().get();
        }
        code.jump(Insn.JumpOp.NE, FAMILY, headers.network(PacketHeaders.ETH_P_IPV6), lost);
        six();
        return open.six().orElseThrow();
    }

    /**
     * Emits the out-of-line code for rare packets, and for v6 packets if v4 packets are tested too.
     */
    void emitOutOfLine() {
        if (open.four().isPresent() && open.six().isPresent()) {
            code.bind(notFour).jump(Insn.JumpOp.NE, FAMILY, headers.network(PacketHeaders.ETH_P_IPV6), lost);
            six();
            code.goTo(labels.apply(open.six().get()));
        }
        if (open.four().isPresent() && open.depth() == PacketDepth.FLAGS) {
            shortFour();
        }
        if (open.six().isPresent() && deep(PacketDepth.PROTOCOL)) {
            sixOutOfLine();
        }
        if (decodes()) {
            code.bind(cold);
            if (context != InstructionSelector.CONTEXT) {
                code.mov(InstructionSelector.CONTEXT, context);
            }
            new PacketDecoder(code, open, headers, read, labels).decode();
            return;
        }
        if (open.four().isPresent()) {
            loaded(coldFour, PacketHeaders.V4_LENGTH, fourThere);
        }
        if (open.six().isPresent()) {
            loaded(coldSix, PacketHeaders.V6_LENGTH, sixThere);
        }
    }

    /** Handles v4 packets that have no options, are not fragments and contain all tested bytes. */
    private void four() {
        boolean flags = open.depth() == PacketDepth.FLAGS;
        linear(header, PacketHeaders.V4_LENGTH + transportBytes(), flags ? shortFour : coldFour);
        fourThere();
        plain(AddressFamily.INET, PacketHeaders.V4_LENGTH);
    }

    /**
     * Handles packets that are too short for TCP's flags and are not TCP. Copies the transport
     * header to the stack, followed by zeros.
     */
    private void shortFour() {
        code.bind(shortFour);
        linear(header, PacketHeaders.V4_LENGTH + PacketHeaders.PORTS, cold);
        checkFour();
        Reg protocol = PacketHeaders.PROTOCOL;
        if (!read.has(Base.PROTOCOL)) {
            protocol = WORK;
            code.load(Width.B, protocol, header, PacketHeaders.V4_PROTOCOL);
        }
        code.jump(Insn.JumpOp.EQ, protocol, IpProtocol.TCP.number(), cold);
        noTransport();
        ports(header, PacketHeaders.V4_LENGTH);
        onStack(AddressFamily.INET, open.four().orElseThrow());
    }

    /** Zeroes the first bytes of the transport header on the stack. */
    private void noTransport() {
        code.store(Width.DW, Reg.R10, PacketFrame.TRANSPORT, 0)
                .store(Width.DW, Reg.R10, PacketFrame.TRANSPORT + Width.DW.bytes(), 0);
    }

    /** Copies the ports, or type and code, to the stack. */
    private void ports(Reg base, int at) {
        code.load(Width.W, WORK, base, at).store(Width.W, Reg.R10, PacketFrame.TRANSPORT, WORK);
    }

    /** Continues with packets of the family; the transport header is on the stack. */
    private void onStack(AddressFamily family, BlockId there) {
        fill(family);
        if (read.has(Base.TRANSPORT)) {
            code.mov(TRANSPORT, Reg.R10).alu(Insn.AluOp.ADD, TRANSPORT, PacketFrame.TRANSPORT);
        }
        code.goTo(labels.apply(there));
    }

    private void fourThere() {
        code.bind(fourThere);
        checkFour();
    }

    private void checkFour() {
        code.load(Width.B, WORK, header, 0);
        if (open.depth() == PacketDepth.HEADER) {
            code.alu(Insn.AluOp.ADD, WORK, -PacketHeaders.V4_FIRST)
                    .jump(Insn.JumpOp.GT, WORK, PacketHeaders.MOST_OPTIONS, lost);
        } else {
            code.jump(Insn.JumpOp.NE, WORK, PacketHeaders.V4_FIRST, cold);
            if (open.fragments() || deep(PacketDepth.TRANSPORT)) {
                code.load(Width.H, WORK, header, PacketHeaders.V4_FRAGMENT)
                        .alu(Insn.AluOp.AND, WORK, headers.network(PacketHeaders.MORE_OR_OFFSET))
                        .jump(Insn.JumpOp.NE, WORK, 0, cold);
            }
            if (read.has(Base.PROTOCOL)) {
                code.load(Width.B, PacketHeaders.PROTOCOL, header, PacketHeaders.V4_PROTOCOL);
            }
        }
    }

    /** Handles v6 packets that have no extension headers and contain all tested bytes. */
    private void six() {
        linear(
                header,
                PacketHeaders.V6_LENGTH + transportBytes(),
                open.depth() == PacketDepth.FLAGS ? shortSix : coldSix);
        code.bind(sixThere);
        checkSix();
        plain(AddressFamily.INET6, PacketHeaders.V6_LENGTH);
    }

    private void checkSix() {
        headers.six(header, 0, WORK, lost);
        if (deep(PacketDepth.PROTOCOL)) {
            code.load(Width.B, PacketHeaders.PROTOCOL, header, PacketHeaders.V6_PROTOCOL);
            headers.extension(WORK, extended);
        }
    }

    /**
     * Does the same as {@link #shortFour}, and handles packets with one extension header in the
     * linear part.
     */
    private void sixOutOfLine() {
        if (open.depth() == PacketDepth.FLAGS) {
            code.bind(shortSix);
            linear(header, PacketHeaders.V6_LENGTH + PacketHeaders.PORTS, cold);
            checkSix();
            code.jump(Insn.JumpOp.EQ, PacketHeaders.PROTOCOL, IpProtocol.TCP.number(), cold);
            noTransport();
            ports(header, PacketHeaders.V6_LENGTH);
            onStack(AddressFamily.INET6, open.six().orElseThrow());
        }
        code.bind(extended);
        passExtension();
        if (open.depth() == PacketDepth.FLAGS) {
            Label others = new Label("others");
            noTransport();
            code.jump(Insn.JumpOp.NE, PacketHeaders.PROTOCOL, IpProtocol.TCP.number(), others);
            linear(TRANSPORT, PacketHeaders.FLAGS_OFFSET + 1, cold);
            code.load(Width.B, WORK, TRANSPORT, PacketHeaders.FLAGS_OFFSET)
                    .store(Width.B, Reg.R10, PacketFrame.FLAGS, WORK)
                    .bind(others);
        }
        if (deep(PacketDepth.TRANSPORT)) {
            linear(TRANSPORT, PacketHeaders.PORTS, cold);
            ports(TRANSPORT, 0);
        }
        onStack(AddressFamily.INET6, open.six().orElseThrow());
    }

    /**
     * Sets r9 and r8 to the header after an extension header, unless that is another extension
     * header. A fragment is not plain, and authentication headers are rare.
     */
    private void passExtension() {
        code.jump(Insn.JumpOp.EQ, PacketHeaders.PROTOCOL, PacketHeaders.FRAGMENT, cold)
                .jump(Insn.JumpOp.EQ, PacketHeaders.PROTOCOL, PacketHeaders.AUTHENTICATION, cold)
                .mov(TRANSPORT, header)
                .alu(Insn.AluOp.ADD, TRANSPORT, PacketHeaders.V6_LENGTH);
        linear(TRANSPORT, Width.DW.bytes(), cold);
        code.load(Width.B, PacketHeaders.PROTOCOL, TRANSPORT, 0)
                .load(Width.B, WORK, TRANSPORT, 1)
                .alu(Insn.AluOp.LSH, WORK, 3)
                .alu(Insn.AluOp.ADD, WORK, Width.DW.bytes())
                .alu(Insn.AluOp.ADD, TRANSPORT, WORK);
        headers.extension(WORK, cold);
    }

    /** `r3 = base + bytes; if r3 > data_end goto otherwise`. */
    private void linear(Reg base, int bytes, Label otherwise) {
        code.mov(WORK, base).alu(Insn.AluOp.ADD, WORK, bytes).jump(Insn.JumpOp.GT, WORK, END, otherwise);
    }

    private int transportBytes() {
        return switch (open.depth()) {
            case HEADER, PROTOCOL -> 0;
            case TRANSPORT -> PacketHeaders.PORTS;
            case FLAGS -> PacketHeaders.FLAGS_OFFSET + 1;
        };
    }

    private void plain(AddressFamily family, int headerBytes) {
        if (read.has(Base.TRANSPORT)) {
            code.mov(TRANSPORT, header).alu(Insn.AluOp.ADD, TRANSPORT, headerBytes);
        }
        fill(family);
    }

    private void fill(AddressFamily family) {
        if (open.filled() && read.has(PacketFrame.FAMILY)) {
            code.mov(WORK, family.number()).store(Width.DW, Reg.R10, PacketFrame.FAMILY, WORK);
        }
        for (int word : List.of(PacketFrame.FRAGMENT, PacketFrame.TRANSPORT_STATE, PacketFrame.FLAGS_CUT)) {
            if (open.filled() && read.has(word)) {
                code.store(Width.W, Reg.R10, word, 0);
            }
        }
    }

    /** Loads only the header, which is then treated like one in the linear part. */
    private void loaded(Label name, int bytes, Label there) {
        code.bind(name);
        if (context != Reg.R1) {
            code.mov(Reg.R1, context);
        }
        code.mov(Reg.R2, 0)
                .mov(Reg.R3, Reg.R10)
                .alu(Insn.AluOp.ADD, Reg.R3, PacketFrame.HEADER)
                .mov(Reg.R4, bytes)
                .call(Helper.SKB_LOAD_BYTES.id())
                .jump(Insn.JumpOp.NE, Reg.R0, 0, lost)
                .mov(header, Reg.R10)
                .alu(Insn.AluOp.ADD, header, PacketFrame.HEADER)
                .goTo(there);
    }

    private boolean deep(PacketDepth least) {
        return open.depth().compareTo(least) >= 0;
    }
}
