// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

import java.io.ByteArrayOutputStream;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.sys.Call;
import org.ringwall.sys.ErrorNumber;
import org.ringwall.sys.Fd;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/** One run of an iterator (BPF_ITER_CREATE, Linux 5.8), of which nothing is left. */
final class Iteration {
    private static final int LINK_CREATE = 28;
    private static final int ITER_CREATE = 33;

    /** BPF_TRACE_ITER of `enum bpf_attach_type`. */
    private static final int TRACE_ITER = 28;

    /** How much of the output is read at once; the kernel has a buffer of 32 KiB. */
    private static final int PART = 1 << 15;

    private final NativeArena arena;
    private final Syscalls syscalls;
    private final int attrSize;

    Iteration(NativeArena arena, Syscalls syscalls, int attrSize) {
        this.arena = arena;
        this.syscalls = syscalls;
        this.attrSize = attrSize;
    }

    /** Returns what the program has written. */
    byte[] run(Fd prog) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock attach = frame.zeros(attrSize).putInt(0, prog.number()).putInt(8, TRACE_ITER);
            try (Fd link = opened("attach an iterator", LINK_CREATE, attach);
                    Fd iterator = opened(
                            "create an iterator",
                            ITER_CREATE,
                            frame.zeros(attrSize).putInt(0, link.number()))) {
                return written(frame.zeros(PART), iterator);
            }
        }
    }

    private Fd opened(String tried, int command, NativeBlock attr) {
        long result = syscalls.call(Call.BPF, command, attr.address(), attrSize, 0, 0, 0);
        return Fd.of(syscalls, accepted(tried, result));
    }

    private byte[] written(NativeBlock part, Fd iterator) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        while (true) {
            long size = syscalls.call(Call.READ, iterator.number(), part.address(), PART, 0, 0, 0);
            if (size == -Errno.EAGAIN.number()) {
                // It pauses after a million objects without output (bpf_seq_read).
                continue;
            }
            if (accepted("read an iterator", size) == 0) {
                return out.toByteArray();
            }
            out.writeBytes(part.bytes(0, Math.toIntExact(size)));
        }
    }

    private static int accepted(String tried, long result) {
        if (result < 0) {
            throw new KernelRefusedException(tried, new ErrorNumber((int) -result));
        }
        return Math.toIntExact(result);
    }
}
