package org.ringwall.compiler.codegen;

import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
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
    static final int SKB_PROTOCOL = 16;
    static final int ETH_P_IP = 0x0800;
    static final int ETH_P_IPV6 = 0x86dd;
    static final int V4_LENGTH = 20;
    static final int V6_LENGTH = 40;
    static final int MORE_OR_OFFSET = 0x3fff;
    private static final int V4_OFFSET = 0x1fff;
    private static final int V6_MORE_OR_OFFSET = 0xfff9;
    private static final int V6_LAST_FLAG = 7;
    static final int FLAGS_OFFSET = 13;

    private static final int FRAGMENT = 44;
    private static final int AUTHENTICATION = 51;
    private static final int LAST_EXTENSION = 60;
    /** Hop-by-hop options, routing, fragment, authentication, destination options: a bit for each number. */
    private static final long EXTENSIONS = 1L | 1L << 43 | 1L << FRAGMENT | 1L << AUTHENTICATION | 1L << LAST_EXTENSION;

    private static final int THERE = 0;
    private static final int ABSENT = 1;
    private static final int UNKNOWN = 2;
    /** The protocols below 64 with ports or types, a bit each: ICMP, TCP, UDP, DCCP, ICMPv6. */
    private static final long WITH_TRANSPORT = 1L << 1 | 1L << 6 | 1L << 17 | 1L << 33 | 1L << 58;

    private static final Reg CONTEXT = Body.CONTEXT;
    /** Where the header that comes next begins. */
    private static final Reg OFFSET = Reg.R7;
    /** What that header is. */
    static final Reg PROTOCOL = Reg.R8;
    /** Bits of fragment headers, not 0 in a fragment. */
    private static final Reg FRAGMENTS = Reg.R9;

    private final Assembler code;
    private final PacketDepth depth;
    private final Label six = new Label("six");
    private final Label later = new Label("later");
    private final Label found = new Label("found");
    private final Label transport = new Label("transport");
    private final Label lost;
    private final Label done;

    /** What decodes so far, and then goes on at `lost` where there is no header, else at `done`; these may be one. */
    PacketDecoder(Assembler code, PacketDepth depth, Label lost, Label done) {
        this.code = code;
        this.depth = depth;
        this.lost = lost;
        this.done = done;
    }

    /** Fills the frame; the last way comes out at `done`, which the caller binds behind. */
    void decode() {
        for (int at = PacketFrame.BOTTOM; at < PacketFrame.TOP; at += Width.DW.bytes()) {
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
                .jump(Insn.JumpOp.NE, Reg.R1, ETH_P_IP, lost);
        four();
        code.bind(six);
        six();
        if (deep(PacketDepth.TRANSPORT)) {
            code.bind(transport);
            transport();
        }
    }

    private boolean deep(PacketDepth least) {
        return depth.compareTo(least) >= 0;
    }

    /** `*(u32 *)(r10 + at) = value`. */
    private void set(int at, int value) {
        code.store(Width.W, Reg.R10, at, value);
    }

    /** `r0 = bpf_skb_load_bytes(r6, r2, r10 + at, bytes)`: 0, or negative where the packet is shorter. */
    private void loadBytes(int at, int bytes) {
        code.mov(Reg.R1, CONTEXT)
                .mov(Reg.R3, Reg.R10)
                .alu(Insn.AluOp.ADD, Reg.R3, at)
                .mov(Reg.R4, bytes)
                .call(Helper.SKB_LOAD_BYTES.id());
    }

    /** Reads the fixed header and holds it to its version; r7 is its first byte. */
    private void header(int bytes, int version) {
        code.mov(Reg.R2, 0);
        loadBytes(PacketFrame.HEADER, bytes);
        code.jump(Insn.JumpOp.NE, Reg.R0, 0, lost)
                .load(Width.B, OFFSET, Reg.R10, PacketFrame.HEADER)
                .mov(Reg.R1, OFFSET)
                .alu(Insn.AluOp.RSH, Reg.R1, 4)
                .jump(Insn.JumpOp.NE, Reg.R1, version, lost);
    }

    private void four() {
        header(V4_LENGTH, 4);
        code.alu(Insn.AluOp.AND, OFFSET, 0xf)
                .jump(Insn.JumpOp.LT, OFFSET, V4_LENGTH / 4, lost)
                .alu(Insn.AluOp.LSH, OFFSET, 2);
        code.mov(Reg.R1, AddressFamily.INET.number()).store(Width.DW, Reg.R10, PacketFrame.FAMILY, Reg.R1);
        if (!deep(PacketDepth.PROTOCOL)) {
            code.goTo(done);
            return;
        }
        code.load(Width.B, PROTOCOL, Reg.R10, PacketFrame.HEADER + 9)
                .store(Width.W, Reg.R10, PacketFrame.PROTOCOL, PROTOCOL)
                .load(Width.H, FRAGMENTS, Reg.R10, PacketFrame.HEADER + 6)
                .swapBe(FRAGMENTS, Width.H)
                .mov(Reg.R1, FRAGMENTS)
                .alu(Insn.AluOp.AND, FRAGMENTS, MORE_OR_OFFSET);
        fragment();
        code.alu(Insn.AluOp.AND, Reg.R1, V4_OFFSET).jump(Insn.JumpOp.EQ, Reg.R1, 0, behindProtocol());
        set(PacketFrame.TRANSPORT_STATE, ABSENT);
        code.goTo(done);
    }

    /** `fragment = r9 != 0`, without a branch: r9 has 16 bits. */
    private void fragment() {
        code.alu(Insn.AluOp.ADD, FRAGMENTS, 0xffff)
                .alu(Insn.AluOp.RSH, FRAGMENTS, 16)
                .store(Width.W, Reg.R10, PacketFrame.FRAGMENT, FRAGMENTS);
    }

    private Label behindProtocol() {
        return deep(PacketDepth.TRANSPORT) ? transport : done;
    }

    private void six() {
        header(V6_LENGTH, 6);
        notMapped(PacketFrame.HEADER + 8);
        notMapped(PacketFrame.HEADER + 24);
        code.mov(Reg.R1, AddressFamily.INET6.number()).store(Width.DW, Reg.R10, PacketFrame.FAMILY, Reg.R1);
        if (!deep(PacketDepth.PROTOCOL)) {
            return;
        }
        code.mov(OFFSET, V6_LENGTH).mov(FRAGMENTS, 0).load(Width.B, PROTOCOL, Reg.R10, PacketFrame.HEADER + 6);
        for (int i = 0; i < Variable.MOST_EXTENSIONS; i++) {
            unlessExtension(found);
            extension();
        }
        unlessExtension(found);
        code.goTo(done).bind(later);
        set(PacketFrame.TRANSPORT_STATE, ABSENT);
        set(PacketFrame.FRAGMENT, 1);
        Label known = new Label("known");
        code.load(Width.B, PROTOCOL, Reg.R10, PacketFrame.TRANSPORT);
        unlessExtension(known);
        code.goTo(done)
                .bind(known)
                .store(Width.W, Reg.R10, PacketFrame.PROTOCOL, PROTOCOL)
                .goTo(done)
                .bind(found)
                .store(Width.W, Reg.R10, PacketFrame.PROTOCOL, PROTOCOL);
        fragment();
    }

    private void notMapped(int at) {
        notMapped(code, Reg.R10, at, Reg.R1, lost);
    }

    /** Goes to `lost` if the address at `base + at` is v4-mapped, which has no place in a v6 header. */
    static void notMapped(Assembler code, Reg base, int at, Reg work, Label lost) {
        Label other = new Label("other");
        code.load(Width.DW, work, base, at)
                .jump(Insn.JumpOp.NE, work, 0, other)
                .load(Width.W, work, base, at + 8)
                .swapBe(work, Width.W)
                .jump(Insn.JumpOp.EQ, work, 0xffff, lost)
                .bind(other);
    }

    private void unlessExtension(Label there) {
        unlessExtension(code, Reg.R1, there);
    }

    /** Goes there if {@link #PROTOCOL} holds no extension header. */
    static void unlessExtension(Assembler code, Reg work, Label there) {
        code.jump(Insn.JumpOp.GT, PROTOCOL, LAST_EXTENSION, there)
                .loadImm64(work, EXTENSIONS)
                .alu(Insn.AluOp.RSH, work, PROTOCOL)
                .alu(Insn.AluOp.AND, work, 1)
                .jump(Insn.JumpOp.EQ, work, 0, there);
    }

    /** Walks over one extension header: r7 and r8 are of the header behind it, r9 collects what makes a fragment. */
    private void extension() {
        Label sized = new Label("sized");
        Label words = new Label("words");
        Label next = new Label("next");
        code.mov(Reg.R2, OFFSET);
        loadBytes(PacketFrame.TRANSPORT, Width.DW.bytes());
        code.jump(Insn.JumpOp.NE, Reg.R0, 0, done)
                .load(Width.B, Reg.R1, Reg.R10, PacketFrame.TRANSPORT + 1)
                .jump(Insn.JumpOp.NE, PROTOCOL, FRAGMENT, sized)
                .load(Width.H, Reg.R1, Reg.R10, PacketFrame.TRANSPORT + 2)
                .swapBe(Reg.R1, Width.H)
                .alu(Insn.AluOp.AND, Reg.R1, V6_MORE_OR_OFFSET)
                .jump(Insn.JumpOp.GT, Reg.R1, V6_LAST_FLAG, later)
                .alu(Insn.AluOp.OR, FRAGMENTS, Reg.R1)
                .mov(Reg.R1, Width.DW.bytes())
                .goTo(next)
                .bind(sized)
                .alu(Insn.AluOp.LSH, Reg.R1, 2)
                .jump(Insn.JumpOp.EQ, PROTOCOL, AUTHENTICATION, words)
                .alu(Insn.AluOp.LSH, Reg.R1, 1)
                .bind(words)
                .alu(Insn.AluOp.ADD, Reg.R1, Width.DW.bytes())
                .bind(next)
                .alu(Insn.AluOp.ADD, OFFSET, Reg.R1)
                .load(Width.B, PROTOCOL, Reg.R10, PacketFrame.TRANSPORT);
    }

    /**
     * What the transport header tells. Whether it was there goes from the helper's result to the frame without a branch,
     * so that the verifier walks what comes behind once for both.
     */
    private void transport() {
        Label high = new Label("high");
        Label read = new Label("read");
        Label none = new Label("none");
        code.jump(Insn.JumpOp.GT, PROTOCOL, Long.SIZE - 1, high)
                .loadImm64(Reg.R1, WITH_TRANSPORT)
                .alu(Insn.AluOp.RSH, Reg.R1, PROTOCOL)
                .alu(Insn.AluOp.AND, Reg.R1, 1)
                .jump(Insn.JumpOp.EQ, Reg.R1, 0, none)
                .bind(read)
                .mov(Reg.R2, OFFSET);
        loadBytes(PacketFrame.TRANSPORT, Width.W.bytes());
        code.alu(Insn.AluOp.RSH, Reg.R0, Long.SIZE - 1)
                .alu(Insn.AluOp.LSH, Reg.R0, 1)
                .store(Width.W, Reg.R10, PacketFrame.TRANSPORT_STATE, Reg.R0);
        if (deep(PacketDepth.FLAGS)) {
            code.jump(Insn.JumpOp.NE, PROTOCOL, IpProtocol.TCP.number(), done)
                    .mov(Reg.R2, OFFSET)
                    .alu(Insn.AluOp.ADD, Reg.R2, FLAGS_OFFSET);
            loadBytes(PacketFrame.FLAGS, 1);
            code.alu(Insn.AluOp.RSH, Reg.R0, Long.SIZE - 1).store(Width.W, Reg.R10, PacketFrame.FLAGS_CUT, Reg.R0);
        }
        code.goTo(done)
                .bind(high)
                .jump(Insn.JumpOp.EQ, PROTOCOL, IpProtocol.SCTP.number(), read)
                .jump(Insn.JumpOp.EQ, PROTOCOL, IpProtocol.UDPLITE.number(), read)
                .bind(none);
        set(PacketFrame.TRANSPORT_STATE, THERE);
    }
}
