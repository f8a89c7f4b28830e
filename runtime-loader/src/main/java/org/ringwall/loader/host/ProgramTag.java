// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.host;

import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.sys.Fd;

/**
 * The tag of a program, as the kernel computes it from the instructions that it is given
 * ({@code bpf_prog_calc_tag}): the first 64 bits of a hash of the slots, in which those that load a
 * map or the address of a map's value have no immediates. So the tag depends neither on the maps
 * nor on offsets into their values.
 */
final class ProgramTag {
    private static final int BYTES = 8;

    private final String hash;

    private ProgramTag(String hash) {
        this.hash = hash;
    }

    /**
     * Returns the tags of the running kernel, found with a program whose code is known: SHA-256
     * since Linux 6.18, SHA-1 before. Empty if its tags are by another hash.
     */
    static Optional<ProgramTag> of(Bpf bpf) {
        List<Insn> code = List.of(new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(1)), new Insn.Exit());
        Hook hook = Hook.SOCK_CREATE;
        ProgSpec known = ProgSpec.plain(
                "ringwall_tag",
                hook.programType().number(),
                hook.attachType(),
                Bytes.of(InsnCodec.encode(code, ByteOrder.nativeOrder())));
        try (Fd program = bpf.progLoad(known)) {
            String tag = bpf.progInfo(program).tag();
            return List.of("SHA-256", "SHA-1").stream()
                    .map(ProgramTag::new)
                    .filter(each -> each.of(code).equals(tag))
                    .findFirst();
        }
    }

    /** Returns the tags by one hash. */
    static ProgramTag by(String hash) {
        return new ProgramTag(hash);
    }

    /** Returns the tag of a program in 16 hexadecimal digits. */
    String of(List<Insn> code) {
        List<Insn> unbound = code.stream().map(ProgramTag::unbound).toList();
        try {
            byte[] slots = InsnCodec.encode(unbound, ByteOrder.nativeOrder());
            byte[] digest = MessageDigest.getInstance(hash).digest(slots);
            return HexFormat.of().formatHex(Arrays.copyOf(digest, BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has " + hash, e);
        }
    }

    private static Insn unbound(Insn insn) {
        return insn instanceof Insn.LoadImm64 load
                        && (load.pseudo() == Insn.Pseudo.MAP_FD || load.pseudo() == Insn.Pseudo.MAP_VALUE)
                ? new Insn.LoadImm64(load.pseudo(), load.dst(), 0)
                : insn;
    }
}
