// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import java.util.HexFormat;
import org.ringwall.sys.Call;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/** A system-call driver for {@link OptionCall}s. */
final class OptionCalls {
    private static final int CLOEXEC = 0x80000;
    private static final int AF_INET = 2;
    private static final int SOCK_STREAM = 1;
    private static final int SOL_SOCKET = 1;
    private static final int SO_ATTACH_FILTER = 26;
    private static final int FILTER_LENGTH = 3;
    private static final int BPF_RET_K = 6;

    private final Syscalls syscalls;

    OptionCalls(Syscalls syscalls) {
        this.syscalls = syscalls;
    }

    /** See {@link ProbeProcess#filterLength}. */
    Answer filterLength() {
        long fd = syscalls.require(Call.SOCKET, AF_INET, SOCK_STREAM | CLOEXEC, 0);
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            NativeBlock code = frame.zeros(FILTER_LENGTH * 8);
            for (int i = 0; i < FILTER_LENGTH; i++) {
                code.putInt(i * 8, BPF_RET_K).putInt(i * 8 + 4, 0xffff);
            }
            NativeBlock program = frame.zeros(16).putInt(0, FILTER_LENGTH).putLong(8, code.address());
            syscalls.require(Call.SETSOCKOPT, fd, SOL_SOCKET, SO_ATTACH_FILTER, program.address(), 16, 0);
            return get(frame, fd, SOL_SOCKET, SO_ATTACH_FILTER, new byte[0]);
        } finally {
            syscalls.call(Call.CLOSE, fd, 0, 0, 0, 0, 0);
        }
    }

    /**
     * Makes the call. The step of a getsockopt contains the length and the bytes of the result,
     * even if it failed.
     */
    Answer run(OptionCall call) {
        long fd = syscalls.call(Call.SOCKET, call.family(), call.type() | CLOEXEC, call.protocol(), 0, 0, 0);
        if (fd < 0) {
            return new Answer((int) -fd, "socket");
        }
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            NativeBlock value = frame.bytes(call.value().toArray());
            int size = call.value().size();
            if (call.writes()) {
                long result = syscalls.call(Call.SETSOCKOPT, fd, call.level(), call.number(), value.address(), size, 0);
                return new Answer((int) -Math.min(result, 0), "setsockopt");
            }
            return get(frame, fd, call.level(), call.number(), call.value().toArray());
        } finally {
            syscalls.call(Call.CLOSE, fd, 0, 0, 0, 0, 0);
        }
    }

    private Answer get(NativeArena.Frame frame, long fd, int level, int number, byte[] buffer) {
        NativeBlock value = frame.bytes(buffer);
        NativeBlock length = frame.zeros(4).putInt(0, buffer.length);
        long result = syscalls.call(Call.GETSOCKOPT, fd, level, number, value.address(), length.address(), 0);
        String answered = length.intAt(0) + ":" + HexFormat.of().formatHex(value.bytes(0, buffer.length));
        return new Answer((int) -Math.min(result, 0), "getsockopt:" + answered);
    }
}
