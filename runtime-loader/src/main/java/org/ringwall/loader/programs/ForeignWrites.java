// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.programs;

import java.util.List;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.sys.Fd;

/**
 * A test of whether a program of another owner may write what later programs see. The answer is no
 * only if that is certain: the translated code stores only to its stack.
 */
public final class ForeignWrites {
    /** r10, the frame pointer. */
    private static final int STACK = 10;

    private final Bpf bpf;

    public ForeignWrites(Bpf bpf) {
        this.bpf = bpf;
    }

    /** Returns whether the program with this id may write at the hook. */
    public boolean at(Hook hook, int id) {
        if (hook.writable().isEmpty()) {
            return false;
        }
        try (Fd program = bpf.progById(id)) {
            return mayWrite(hook, TranslatedSlot.all(bpf.progCode(program)));
        } catch (KernelRefusedException e) {
            if (!e.errno().is(Errno.ENOENT)) {
                throw e;
            }
            // The program was detached and no longer exists.
            return false;
        }
    }

    /**
     * Returns whether the code may write. At sysctl a helper writes, not a store. Code that the
     * kernel hides may write.
     */
    private static boolean mayWrite(Hook hook, List<TranslatedSlot> code) {
        return code.isEmpty()
                || code.stream()
                        .anyMatch(slot -> slot.stores() && slot.dst() != STACK || hook == Hook.SYSCTL && slot.calls());
    }
}
