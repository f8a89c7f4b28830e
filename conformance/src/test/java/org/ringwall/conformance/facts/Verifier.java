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
import org.ringwall.loader.sys.ErrorNumber;
import org.ringwall.loader.sys.Syscalls;

/** The running kernel's verifier, asked whether it takes a program of a hook. */
final class Verifier implements AutoCloseable {
    /** The answer to a program that loads. */
    static final String ACCEPTED = "accepted";

    /** Refusals of a program for what it does; anything else means that the question was not asked. */
    private static final List<String> REFUSALS = List.of("EACCES", "EINVAL");

    private final KernelBpf bpf = new KernelBpf(Syscalls.ofThisMachine());

    /** These instructions, then `r0 = 1` and `exit`: 1 is legal at every hook. */
    static List<Insn> thenAllow(Insn... insns) {
        List<Insn> program = new ArrayList<>(List.of(insns));
        program.add(new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(Hook.ALLOW)));
        program.add(new Insn.Exit());
        return program;
    }

    /** This machine's release. */
    static KernelVersion kernel() {
        try {
            String release =
                    Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip();
            return KernelVersion.parse(release).orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the kernel has the hook at all: its simplest program loads. */
    boolean knows(Hook hook) {
        return accepts(hook, thenAllow());
    }

    /** Whether a program of these instructions loads; it is gone afterwards. */
    boolean accepts(Hook hook, List<Insn> insns) {
        Optional<ErrorNumber> refusal = bpf.progRefusal(spec(hook, insns));
        refusal.map(ErrorNumber::name).filter(name -> !REFUSALS.contains(name)).ifPresent(name -> {
            throw new IllegalStateException(name + " is no answer to whether " + hook + " takes " + insns);
        });
        return refusal.isEmpty();
    }

    /** {@link #ACCEPTED}, or why the kernel refused the program. */
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

    private static ProgSpec spec(Hook hook, List<Insn> insns) {
        Bytes code = Bytes.of(InsnCodec.encode(insns, ByteOrder.nativeOrder()));
        return ProgSpec.plain("ringwall_fact", hook.programType().number(), hook.attachType(), code);
    }

    @Override
    public void close() {
        bpf.close();
    }
}
