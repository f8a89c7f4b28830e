package org.ringwall.loader.apply;

import java.util.List;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.sys.Fd;

/**
 * Whether a program of another owner may write what programs that run later see. Only what is certain counts as no: translated code
 * that stores nowhere but to its stack.
 */
final class ForeignWrites {
    /** r10, the frame. */
    private static final int STACK = 10;

    private final Bpf bpf;

    ForeignWrites(Bpf bpf) {
        this.bpf = bpf;
    }

    /** Whether the program with this id may write at the hook. */
    boolean at(Hook hook, int id) {
        if (hook.writable().isEmpty()) {
            return false;
        }
        try (Fd program = bpf.progById(id)) {
            return mayWrite(hook, TranslatedSlot.all(bpf.progCode(program)));
        } catch (KernelRefusedException e) {
            if (!e.errno().is(Errno.ENOENT)) {
                throw e;
            }
            // It was detached and is gone.
            return false;
        }
    }

    /** At sysctl a helper writes, not a store. Code that the kernel does not show may write. */
    private static boolean mayWrite(Hook hook, List<TranslatedSlot> code) {
        return code.isEmpty()
                || code.stream()
                        .anyMatch(slot -> slot.stores() && slot.dst() != STACK || hook == Hook.SYSCTL && slot.calls());
    }
}
