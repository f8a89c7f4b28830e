package org.ringwall.compiler.codegen;

import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.IpProtocol;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.ir.PacketDepth;
import org.ringwall.compiler.ir.PacketFrame;

/**
 * Decodes a packet on the stack, as docs/semantics.md section 11 says. Every byte comes through bpf_skb_load_bytes, which
 * takes any offset that a register holds, reaches fragments of the skb that no packet pointer does, and fails where there
 * are no bytes, so that the verifier has nothing to prove. The frame is zeroed first: kernels before 6.3 refuse to read
 * stack that some way has not written.
 */
final class PacketDecoder {
    private static final int SKB_PROTOCOL = 16;
    private static final int ETH_P_IP = 0x0800;
    private static final int ETH_P_IPV6 = 0x86dd;
    private static final int V4_LENGTH = 20;
    private static final int V6_LENGTH = 40;
    private static final int MORE_OR_OFFSET = 0x3fff;
    private static final int V4_OFFSET = 0x1fff;
    private static final int V6_MORE_OR_OFFSET = 0xfff9;
    private static final int V6_LAST_FLAG = 7;
    private static final int FLAGS_OFFSET = 13;

    private static final int FRAGMENT = 44;
    private static final int AUTHENTICATION = 51;
    private static final int LAST_EXTENSION = 60;
    /** Hop-by-hop options, routing, fragment, authentication, destination options: a bit for each number. */
    private static final long EXTENSIONS =
            1L | 1L << 43 | 1L << FRAGMENT | 1L << AUTHENTICATION | 1L << LAST_EXTENSION;

    private static final int WHOLE = 0;
    private static final int ABSENT = 1;
    private static final int UNKNOWN = 2;
    private static final int[] WITH_TRANSPORT = {
        IpProtocol.TCP.number(),
        IpProtocol.UDP.number(),
        IpProtocol.ICMPV6.number(),
        IpProtocol.ICMP.number(),
        IpProtocol.SCTP.number(),
        IpProtocol.UDPLITE.number(),
        IpProtocol.DCCP.number()
    };

    private static final Reg CONTEXT = Body.CONTEXT;
    /** Where the header that comes next begins. */
    private static final Reg OFFSET = Reg.R7;
    /** What that header is. */
    private static final Reg PROTOCOL = Reg.R8;

    private final Assembler code;
    private final PacketDepth depth;
    private final Label six = new Label("six");
    private final Label later = new Label("later");
    private final Label found = new Label("found");
    private final Label transport = new Label("transport");
    private final Label done = new Label("done");

    PacketDecoder(Assembler code, PacketDepth depth) {
        this.code = code;
        this.depth = depth;
    }

    /** `result = family`, and the frame filled. */
    Assembler into(Reg result) {
        for (int at = PacketFrame.BOTTOM; at < 0; at += Width.DW.bytes()) {
            code.store(Width.DW, Reg.R10, at, 0);
        }
        if (deep(PacketDepth.PROTOCOL)) {
            set(PacketFrame.PROTOCOL, Variable.UNKNOWN_PROTOCOL);
            set(PacketFrame.FRAGMENT, UNKNOWN);
            set(PacketFrame.TRANSPORT_STATE, UNKNOWN);
        }
        code.load(Width.W, Reg.R1, CONTEXT, SKB_PROTOCOL)
                .swapBe(Reg.R1, Width.H)
                .jump(Insn.JumpOp.EQ, Reg.R1, ETH_P_IPV6, six)
                .jump(Insn.JumpOp.NE, Reg.R1, ETH_P_IP, done);
        four();
        code.bind(six);
        six();
        if (deep(PacketDepth.TRANSPORT)) {
            code.bind(transport);
            transport();
        }
        return code.bind(done).load(Width.W, result, Reg.R10, PacketFrame.FAMILY);
    }

    private boolean deep(PacketDepth least) {
        return depth.compareTo(least) >= 0;
    }

    /** `*(u32 *)(r10 + at) = value`. */
    private void set(int at, int value) {
        code.store(Width.W, Reg.R10, at, value);
    }

    /** `r0 = bpf_skb_load_bytes(r6, r2, r10 + at, bytes)`: 0, or negative where the packet is shorter. */
    private void loadBytes(int at, int bytes, Label otherwise) {
        code.mov(Reg.R1, CONTEXT)
                .mov(Reg.R3, Reg.R10)
                .alu(Insn.AluOp.ADD, Reg.R3, at)
                .mov(Reg.R4, bytes)
                .call(Helper.SKB_LOAD_BYTES.id())
                .jump(Insn.JumpOp.NE, Reg.R0, 0, otherwise);
    }

    /** Reads the fixed header and holds it to its version; r7 is its first byte. */
    private void header(int bytes, int version) {
        code.mov(Reg.R2, 0);
        loadBytes(PacketFrame.HEADER, bytes, done);
        code.load(Width.B, OFFSET, Reg.R10, PacketFrame.HEADER)
                .mov(Reg.R1, OFFSET)
                .alu(Insn.AluOp.RSH, Reg.R1, 4)
                .jump(Insn.JumpOp.NE, Reg.R1, version, done);
    }

    private void four() {
        header(V4_LENGTH, 4);
        code.alu(Insn.AluOp.AND, OFFSET, 0xf)
                .jump(Insn.JumpOp.LT, OFFSET, V4_LENGTH / 4, done)
                .alu(Insn.AluOp.LSH, OFFSET, 2);
        set(PacketFrame.FAMILY, AddressFamily.INET.number());
        if (!deep(PacketDepth.PROTOCOL)) {
            code.goTo(done);
            return;
        }
        Label fragment = new Label("fragment");
        code.load(Width.B, PROTOCOL, Reg.R10, PacketFrame.HEADER + 9)
                .store(Width.W, Reg.R10, PacketFrame.PROTOCOL, PROTOCOL)
                .load(Width.H, Reg.R1, Reg.R10, PacketFrame.HEADER + 6)
                .swapBe(Reg.R1, Width.H)
                .alu(Insn.AluOp.AND, Reg.R1, MORE_OR_OFFSET)
                .jump(Insn.JumpOp.NE, Reg.R1, 0, fragment);
        set(PacketFrame.FRAGMENT, WHOLE);
        code.goTo(behindProtocol()).bind(fragment);
        set(PacketFrame.FRAGMENT, 1);
        code.alu(Insn.AluOp.AND, Reg.R1, V4_OFFSET).jump(Insn.JumpOp.EQ, Reg.R1, 0, behindProtocol());
        set(PacketFrame.TRANSPORT_STATE, ABSENT);
        code.goTo(done);
    }

    private Label behindProtocol() {
        return deep(PacketDepth.TRANSPORT) ? transport : done;
    }

    private void six() {
        header(V6_LENGTH, 6);
        notMapped(PacketFrame.HEADER + 8);
        notMapped(PacketFrame.HEADER + 24);
        set(PacketFrame.FAMILY, AddressFamily.INET6.number());
        if (!deep(PacketDepth.PROTOCOL)) {
            return;
        }
        code.mov(OFFSET, V6_LENGTH).load(Width.B, PROTOCOL, Reg.R10, PacketFrame.HEADER + 6);
        for (int i = 0; i < Variable.MOST_EXTENSIONS; i++) {
            unlessExtension(found);
            extension();
        }
        unlessExtension(found);
        code.goTo(done).bind(later);
        set(PacketFrame.TRANSPORT_STATE, ABSENT);
        Label known = new Label("known");
        code.load(Width.B, PROTOCOL, Reg.R10, PacketFrame.EXTENSION);
        unlessExtension(known);
        code.goTo(done)
                .bind(known)
                .store(Width.W, Reg.R10, PacketFrame.PROTOCOL, PROTOCOL)
                .goTo(done)
                .bind(found)
                .store(Width.W, Reg.R10, PacketFrame.PROTOCOL, PROTOCOL)
                .load(Width.W, Reg.R1, Reg.R10, PacketFrame.FRAGMENT)
                .jump(Insn.JumpOp.NE, Reg.R1, UNKNOWN, behindProtocol());
        set(PacketFrame.FRAGMENT, WHOLE);
    }

    /** A v4-mapped address has no place in a v6 header. */
    private void notMapped(int at) {
        Label other = new Label("other");
        code.load(Width.DW, Reg.R1, Reg.R10, at)
                .jump(Insn.JumpOp.NE, Reg.R1, 0, other)
                .load(Width.W, Reg.R1, Reg.R10, at + 8)
                .swapBe(Reg.R1, Width.W)
                .jump(Insn.JumpOp.EQ, Reg.R1, 0xffff, done)
                .bind(other);
    }

    /** Goes there if r8 is no extension header. */
    private void unlessExtension(Label there) {
        code.jump(Insn.JumpOp.GT, PROTOCOL, LAST_EXTENSION, there)
                .loadImm64(Reg.R1, EXTENSIONS)
                .alu(Insn.AluOp.RSH, Reg.R1, PROTOCOL)
                .alu(Insn.AluOp.AND, Reg.R1, 1)
                .jump(Insn.JumpOp.EQ, Reg.R1, 0, there);
    }

    /** Walks over one extension header: r7 and r8 are of the header behind it. */
    private void extension() {
        Label sized = new Label("sized");
        Label atomic = new Label("atomic");
        Label next = new Label("next");
        code.mov(Reg.R2, OFFSET);
        loadBytes(PacketFrame.EXTENSION, Width.DW.bytes(), done);
        code.load(Width.B, Reg.R1, Reg.R10, PacketFrame.EXTENSION + 1)
                .jump(Insn.JumpOp.NE, PROTOCOL, FRAGMENT, sized)
                .load(Width.H, Reg.R1, Reg.R10, PacketFrame.EXTENSION + 2)
                .swapBe(Reg.R1, Width.H)
                .alu(Insn.AluOp.AND, Reg.R1, V6_MORE_OR_OFFSET)
                .jump(Insn.JumpOp.EQ, Reg.R1, 0, atomic);
        set(PacketFrame.FRAGMENT, 1);
        code.jump(Insn.JumpOp.GT, Reg.R1, V6_LAST_FLAG, later)
                .bind(atomic)
                .mov(Reg.R1, 0)
                .bind(sized)
                .alu(Insn.AluOp.LSH, Reg.R1, 2)
                .jump(Insn.JumpOp.EQ, PROTOCOL, AUTHENTICATION, next)
                .alu(Insn.AluOp.LSH, Reg.R1, 1)
                .bind(next)
                .alu(Insn.AluOp.ADD, OFFSET, Reg.R1)
                .alu(Insn.AluOp.ADD, OFFSET, Width.DW.bytes())
                .load(Width.B, PROTOCOL, Reg.R10, PacketFrame.EXTENSION);
    }

    private void transport() {
        Label read = new Label("read");
        for (int protocol : WITH_TRANSPORT) {
            code.jump(Insn.JumpOp.EQ, PROTOCOL, protocol, read);
        }
        set(PacketFrame.TRANSPORT_STATE, WHOLE);
        code.goTo(done).bind(read).mov(Reg.R2, OFFSET);
        loadBytes(PacketFrame.TRANSPORT, Width.W.bytes(), done);
        set(PacketFrame.TRANSPORT_STATE, WHOLE);
        if (deep(PacketDepth.FLAGS)) {
            code.jump(Insn.JumpOp.NE, PROTOCOL, IpProtocol.TCP.number(), done)
                    .mov(Reg.R2, OFFSET)
                    .alu(Insn.AluOp.ADD, Reg.R2, FLAGS_OFFSET);
            Label cut = new Label("cut");
            loadBytes(PacketFrame.FLAGS, 1, cut);
            code.goTo(done).bind(cut);
            set(PacketFrame.FLAGS_CUT, 1);
        }
    }
}
