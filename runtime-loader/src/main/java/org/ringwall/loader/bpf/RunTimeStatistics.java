// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

import org.ringwall.sys.Call;
import org.ringwall.sys.ErrorNumber;
import org.ringwall.sys.Fd;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.Syscalls;

/** The kernel's statistics of how often and how long programs run ({@link ProgInfo#runTime}). */
public final class RunTimeStatistics {
    private static final int ENABLE_STATS = 32;
    private static final int ATTR_SIZE = 64;

    private RunTimeStatistics() {}

    /**
     * Switches them on for all programs until the descriptor is closed: BPF_STATS_RUN_TIME (5.8).
     */
    public static Fd enable(Syscalls syscalls) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            long attr = frame.zeros(ATTR_SIZE).address();
            long result = syscalls.call(Call.BPF, ENABLE_STATS, attr, ATTR_SIZE, 0, 0, 0);
            if (result < 0) {
                throw new KernelRefusedException(
                        "measure the run time of programs", new ErrorNumber(Math.toIntExact(-result)));
            }
            return Fd.of(syscalls, Math.toIntExact(result));
        }
    }
}
