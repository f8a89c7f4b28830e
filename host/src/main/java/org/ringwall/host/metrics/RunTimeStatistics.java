// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.metrics;

import org.ringwall.loader.model.HostException;
import org.ringwall.sys.Call;
import org.ringwall.sys.ErrorNumber;
import org.ringwall.sys.Fd;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.Syscalls;

/** The kernel's statistics of how often and how long programs run. */
public final class RunTimeStatistics {
    private static final int ENABLE_STATS = 32;
    private static final int ATTR_SIZE = 64;

    private RunTimeStatistics() {}

    /**
     * Switches them on for all programs until the descriptor is closed: BPF_STATS_RUN_TIME (5.8).
     *
     * @throws HostException if the kernel refuses
     */
    public static Fd enable(Syscalls syscalls) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            long attr = frame.zeros(ATTR_SIZE).address();
            long result = syscalls.call(Call.BPF, ENABLE_STATS, attr, ATTR_SIZE, 0, 0, 0);
            if (result < 0) {
                throw new HostException(
                        "the kernel refused to measure the run time of programs ("
                                + new ErrorNumber(Math.toIntExact(-result)).name() + ")",
                        "run as root, on Linux 5.8 or newer");
            }
            return Fd.of(syscalls, Math.toIntExact(result));
        }
    }
}
