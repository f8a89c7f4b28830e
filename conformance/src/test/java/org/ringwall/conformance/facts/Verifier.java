// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.facts;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.loader.bpf.KernelBpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.loader.bpf.VerifierLog;
import org.ringwall.sys.Call;
import org.ringwall.sys.ErrorNumber;
import org.ringwall.sys.Fd;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/** The running kernel's verifier, which accepts or rejects programs of a hook. */
final class Verifier implements AutoCloseable {
    /** The result for a program that loads. */
    static final String ACCEPTED = "accepted";

    private static final int OBJ_GET_INFO_BY_FD = 15;
    private static final int ATTR_SIZE = 64;
    private static final int INFO_SIZE = 256;
    private static final int XLATED_LENGTH = 20;
    private static final int SLOT = 8;

    /**
     * The errnos of programs that the verifier rejects; any other errno means that it did not judge
     * the program.
     */
    private static final List<String> REFUSALS = List.of("EACCES", "EINVAL");

    private final KernelBpf bpf = new KernelBpf(Syscalls.ofThisMachine());

    /** Returns these instructions, then `r0 = 1` and `exit`: 1 is valid at every hook. */
    static List<Insn> thenAllow(Insn... insns) {
        List<Insn> program = new ArrayList<>(List.of(insns));
        program.add(new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(Hook.ALLOW)));
        program.add(new Insn.Exit());
        return program;
    }

    /** Returns this machine's release. */
    static KernelVersion kernel() {
        try {
            String release =
                    Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip();
            return KernelVersion.parse(release).orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns whether the kernel has the hook: its simplest program loads. */
    boolean knows(Hook hook) {
        return accepts(hook, thenAllow());
    }

    /** Returns whether a program of these instructions loads; it is unloaded afterwards. */
    boolean accepts(Hook hook, List<Insn> insns) {
        Optional<ErrorNumber> refusal = bpf.progRefusal(spec(hook, insns));
        refusal.map(ErrorNumber::name).filter(name -> !REFUSALS.contains(name)).ifPresent(name -> {
            throw new IllegalStateException(name + " is not an answer to whether " + hook + " takes " + insns);
        });
        return refusal.isEmpty();
    }

    /** Returns {@link #ACCEPTED}, or the verifier's log. */
    String verdict(Hook hook, List<Insn> insns) {
        try {
            bpf.progLoad(spec(hook, insns)).close();
            return ACCEPTED;
        } catch (KernelRefusedException e) {
            if (!REFUSALS.contains(e.errno().name())) {
                throw e;
            }
            return e.log().map(VerifierLog::text).orElse(e.errno().name());
        }
    }

    /**
     * Returns how many slots the program has after the kernel has rewritten it: xlated_prog_len of
     * `struct bpf_prog_info`.
     */
    int rewritten(Hook hook, List<Insn> insns) {
        Syscalls syscalls = Syscalls.ofThisMachine();
        try (Fd program = bpf.progLoad(spec(hook, insns));
                NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            NativeBlock info = frame.zeros(INFO_SIZE);
            NativeBlock attr = frame.zeros(ATTR_SIZE)
                    .putInt(0, program.number())
                    .putInt(4, INFO_SIZE)
                    .putLong(8, info.address());
            syscalls.require(Call.BPF, OBJ_GET_INFO_BY_FD, attr.address(), ATTR_SIZE);
            return info.intAt(XLATED_LENGTH) / SLOT;
        }
    }

    private static ProgSpec spec(Hook hook, List<Insn> insns) {
        Bytes code = Bytes.of(InsnCodec.encode(insns, ByteOrder.nativeOrder()));
        return ProgSpec.plain("ringwall_fact", hook.programType().number(), hook.attachType(), code);
    }

    @Override
    public void close() {
        bpf.close();
    }
}
