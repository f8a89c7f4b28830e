// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.loader.cgroup.KernelCgroups;
import org.ringwall.loader.cgroup.TrialCgroup;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.CgroupException;
import org.ringwall.sys.Fd;
import org.ringwall.sys.SyscallException;

/**
 * A sysctl trial by a shell in a cgroup of its own.
 *
 * <p>The shell writes a word to a sysctl that accepts only numbers. A program attached to the
 * cgroup replaces the word by the current value of the sysctl. Either that value is written, or the
 * kernel rejects the word with EINVAL; the sysctl does not change either way. The shell first
 * writes the current value itself, so that a write denied by another program is not taken for a
 * lost replacement.
 */
public final class KernelSysctlTrial implements SysctlTrial {
    private static final Path SYSCTL = Path.of("/proc/sys/net/ipv4/ip_default_ttl");
    private static final int REFUSED = 3;
    private static final String WRITE =
            "echo $$ > \"$1\" || exit 2; echo \"$3\" > \"$2\" || exit 2; echo x > \"$2\" || exit " + REFUSED;
    private static final long PATIENCE_SECONDS = 5;

    private final Bpf bpf;
    private final KernelCgroups cgroups;

    public KernelSysctlTrial(Bpf bpf, KernelCgroups cgroups) {
        this.bpf = bpf;
        this.cgroups = cgroups;
    }

    @Override
    public Outcome run() {
        try {
            String value = Files.readString(SYSCTL).strip();
            try (TrialCgroup place = TrialCgroup.make(cgroups)) {
                return run(place, value);
            }
        } catch (IOException | CgroupException | KernelRefusedException | SyscallException e) {
            return Outcome.UNKNOWN;
        }
    }

    private Outcome run(TrialCgroup place, String value) throws IOException {
        Bytes code = Bytes.of(InsnCodec.encode(giving(value), ByteOrder.nativeOrder()));
        ProgSpec spec =
                ProgSpec.plain("ringwall_trial", Hook.SYSCTL.programType().number(), Hook.SYSCTL.attachType(), code);
        try (Fd program = bpf.progLoad(spec);
                Fd link = bpf.linkCreate(program, place.directory(), Hook.SYSCTL.attachType())) {
            int status = status(place.cgroup(), value);
            bpf.linkDetach(link);
            return status == 0 ? Outcome.KEPT : status == REFUSED ? Outcome.FORGOTTEN : Outcome.UNKNOWN;
        }
    }

    private static int status(Cgroup place, String value) throws IOException {
        String processes = place.path().resolve("cgroup.procs").toString();
        Process shell = new ProcessBuilder("/bin/sh", "-c", WRITE, "sh", processes, SYSCTL.toString(), value)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            boolean ended = shell.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return ended ? shell.exitValue() : -1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return -1;
        } finally {
            shell.destroyForcibly();
        }
    }

    /**
     * Returns a program that replaces every written value by this one and allows all requests.
     * Reads have no new value.
     */
    private static List<Insn> giving(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.US_ASCII);
        List<Insn> code = new ArrayList<>();
        for (int i = 0; i < bytes.length; i++) {
            code.add(new Insn.Store(Width.B, Reg.R10, (short) (i - bytes.length), Operand.of(bytes[i])));
        }
        code.add(new Insn.Mov(Width.DW, Width.DW, Reg.R2, Operand.of(Reg.R10)));
        code.add(new Insn.Alu(Insn.AluOp.ADD, Width.DW, Reg.R2, Operand.of(-bytes.length)));
        code.add(new Insn.Mov(Width.DW, Width.DW, Reg.R3, Operand.of(bytes.length)));
        code.add(new Insn.CallHelper(Helper.SYSCTL_SET_NEW_VALUE.id()));
        code.add(new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(Hook.ALLOW)));
        code.add(new Insn.Exit());
        return code;
    }
}
