// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.verdict;

import org.ringwall.sys.Call;
import org.ringwall.sys.Fd;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/**
 * The kernel's statistics of one program: `struct bpf_prog_info` of include/uapi/linux/bpf.h.
 *
 * @param xlated instructions after the verifier's rewriting, in slots of 8 bytes
 * @param jited bytes of machine code
 * @param processed instructions that the verifier processed (kernel 5.16; 0 on older ones)
 * @param runTimeNs nanoseconds in the program while {@link #counting} is enabled
 * @param runs the number of runs in that time
 */
public record ProgramStats(int xlated, int jited, int processed, long runTimeNs, long runs) {
    private static final int OBJ_GET_INFO_BY_FD = 15;
    private static final int ENABLE_STATS = 32;
    private static final int ATTR_SIZE = 64;
    private static final int INFO_SIZE = 256;
    private static final int SLOT = 8;

    /**
     * Enables the statistics until the descriptor is closed: BPF_ENABLE_STATS with
     * BPF_STATS_RUN_TIME (5.8).
     */
    public static Fd counting(Syscalls syscalls) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            NativeBlock attr = frame.zeros(ATTR_SIZE);
            return Fd.of(
                    syscalls, Math.toIntExact(syscalls.require(Call.BPF, ENABLE_STATS, attr.address(), ATTR_SIZE)));
        }
    }

    /** Reads the current statistics. */
    public static ProgramStats of(Syscalls syscalls, Fd program) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            NativeBlock info = frame.zeros(INFO_SIZE);
            NativeBlock attr =
                    frame.zeros(ATTR_SIZE).putInt(0, program.number()).putInt(4, INFO_SIZE);
            attr.putLong(8, info.address());
            syscalls.require(Call.BPF, OBJ_GET_INFO_BY_FD, attr.address(), ATTR_SIZE);
            return new ProgramStats(
                    info.intAt(20) / SLOT, info.intAt(16), info.intAt(216), info.longAt(192), info.longAt(200));
        }
    }
}
