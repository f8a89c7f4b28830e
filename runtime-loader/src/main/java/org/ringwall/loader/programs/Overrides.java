// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.programs;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.text.Printable;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.bpf.ProgInfo;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.loader.model.HostException;
import org.ringwall.sys.Fd;

/**
 * A search in translated code for ways in which a program overrides the verdict of programs that
 * ran before it.
 *
 * <p>From Linux 5.18 on, a denial is kept in {@code bpf_run_ctx.retval}
 * ({@code bpf_prog_run_array_cg}). bpf_set_retval writes it, and at getsockopt a store to `retval`.
 * The form of both on the running kernel is read from programs of our own that do the same.
 */
public final class Overrides {
    private final Bpf bpf;
    private Optional<Signs> signs = Optional.empty();

    public Overrides(Bpf bpf) {
        this.bpf = bpf;
    }

    /** The means by which a program can turn a denial into success, or why that is unknown. */
    public enum Finding {
        SETS("calls bpf_set_retval, which can turn a denial into success"),
        STORES("writes `retval`, which can turn a denial into success"),
        TAIL_CALLS("makes tail calls, so it cannot be checked whether it turns denials into success"),
        HIDDEN("calls helpers whose names this kernel hides from this process, so it cannot be checked whether it"
                + " turns denials into success");

        private final String text;

        Finding(String text) {
            this.text = text;
        }

        /**
         * Returns the finding as a sentence.
         *
         * @param attached whether the program is attached there
         * @param where its hook, and its cgroup if known
         * @param after what runs before it
         */
        public String sentence(ProgInfo program, boolean attached, String where, String after) {
            return "program `" + Printable.of(program.name()) + "` (" + (attached ? "id " + program.id() + ", " : "")
                    + "tag " + program.tag() + (attached ? ", attached to " : ", for ") + where + ") runs after "
                    + after + " and " + text;
        }

        /** Returns the exception for a list of findings, which is not empty. */
        public static HostException refused(List<String> sentences, String remedy) {
            int more = sentences.size() - 1;
            return new HostException(
                    sentences.get(0) + (more == 0 ? "" : "; and " + more + " more findings like this"), remedy);
        }

        /** Returns a predicate whose subject is the program. */
        String text() {
            return text;
        }

        /** Returns what the user can do. */
        public String remedy() {
            return this == HIDDEN
                    ? "run this with CAP_SYSLOG and kernel.kptr_restrict below 2, or accept it: --accept-foreign"
                    : "have its owner detach it, or accept it: --accept-foreign";
        }
    }

    /**
     * The patterns to look for on the running kernel.
     *
     * @param possible whether programs can override a verdict on this kernel
     * @param setRetval the immediate of a call of bpf_set_retval; 0 if the kernel hides addresses
     * @param store the slots into which a store to `retval` is translated at getsockopt
     */
    private record Signs(boolean possible, int setRetval, List<TranslatedSlot> store) {}

    /** Returns how a program at this hook can override verdicts; empty if it cannot. */
    public Optional<Finding> of(Hook hook, Fd program) {
        if (Helper.SET_RETVAL.since(hook).isEmpty() || !signs().possible()) {
            return Optional.empty();
        }
        List<TranslatedSlot> code = TranslatedSlot.all(bpf.progCode(program));
        if (hook == Hook.GETSOCKOPT && contains(code, signs().store())) {
            return Optional.of(Finding.STORES);
        }
        List<Integer> calls = code.stream()
                .filter(TranslatedSlot::callsHelper)
                .map(TranslatedSlot::imm)
                .toList();
        if (code.isEmpty() || calls.contains(0)) {
            return Optional.of(Finding.HIDDEN);
        }
        if (calls.contains(signs().setRetval())) {
            return Optional.of(Finding.SETS);
        }
        return calls.contains(Helper.TAIL_CALL.id()) ? Optional.of(Finding.TAIL_CALLS) : Optional.empty();
    }

    private static boolean contains(List<TranslatedSlot> code, List<TranslatedSlot> wanted) {
        return IntStream.range(0, code.size()).anyMatch(from -> begins(code.subList(from, code.size()), wanted));
    }

    /**
     * Returns whether the code begins with these slots, ignoring arithmetic between them, as
     * constant blinding inserts.
     */
    private static boolean begins(List<TranslatedSlot> code, List<TranslatedSlot> wanted) {
        int matched = 0;
        for (TranslatedSlot slot : code) {
            if (matched == wanted.size()) {
                break;
            }
            if (slot.isLike(wanted.get(matched))) {
                matched++;
            } else if (!slot.isArithmetic()) {
                break;
            }
        }
        return matched == wanted.size();
    }

    private Signs signs() {
        if (signs.isEmpty()) {
            signs = Optional.of(read());
        }
        return signs.get();
    }

    private Signs read() {
        List<Insn> call = List.of(
                number(Reg.R1, 0), new Insn.CallHelper(Helper.SET_RETVAL.id()), number(Reg.R0, 1), new Insn.Exit());
        List<TranslatedSlot> calling;
        try {
            calling = translated(Hook.CONNECT4, call);
        } catch (KernelRefusedException e) {
            if (!e.errno().is(Errno.EINVAL)) {
                throw e;
            }
            // Kernels before 5.18 have no such helper, and a program that returns 0 denies whatever
            // runs later.
            return new Signs(false, 0, List.of());
        }
        ContextField retval = Hook.GETSOCKOPT.writable().stream()
                .filter(field -> field.name().equals("retval"))
                .findFirst()
                .orElseThrow();
        List<TranslatedSlot> storing = translated(
                Hook.GETSOCKOPT,
                List.of(
                        number(Reg.R0, 1),
                        new Insn.Store(Width.W, Reg.R1, (short) retval.offset(), Operand.of(Reg.R0)),
                        new Insn.Exit()));
        // Removes the mov before the store and the exit after it, which are not rewritten.
        List<TranslatedSlot> store = storing.size() < 3 ? List.of() : storing.subList(1, storing.size() - 1);
        int setRetval = calling.stream()
                .filter(TranslatedSlot::callsHelper)
                .map(TranslatedSlot::imm)
                .findFirst()
                .orElse(0);
        return new Signs(true, setRetval, List.copyOf(store));
    }

    private List<TranslatedSlot> translated(Hook hook, List<Insn> code) {
        Bytes bytes = Bytes.of(InsnCodec.encode(code, ByteOrder.nativeOrder()));
        ProgSpec spec = ProgSpec.plain("ringwall_look", hook.programType().number(), hook.attachType(), bytes);
        try (Fd program = bpf.progLoad(spec)) {
            return TranslatedSlot.all(bpf.progCode(program));
        }
    }

    private static Insn number(Reg dst, int value) {
        return new Insn.Mov(Width.DW, Width.DW, dst, Operand.of(value));
    }
}
