package org.ringwall.conformance.kernel;

import java.util.HexFormat;
import org.ringwall.loader.sys.Call;
import org.ringwall.loader.sys.NativeArena;
import org.ringwall.loader.sys.NativeBlock;
import org.ringwall.loader.sys.Syscalls;

/** Makes {@link OptionCall}s for real. */
final class OptionDeeds {
    private static final int CLOEXEC = 0x80000;

    private final Syscalls syscalls;

    OptionDeeds(Syscalls syscalls) {
        this.syscalls = syscalls;
    }

    /** The step of a getsockopt tells the length and the bytes that came back, also of one that failed. */
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
                long result = syscalls.call(
                        Call.SETSOCKOPT, fd, call.level(), call.number(), value.address(), size, 0);
                return new Answer((int) -Math.min(result, 0), "setsockopt");
            }
            NativeBlock length = frame.zeros(4).putInt(0, size);
            long result = syscalls.call(
                    Call.GETSOCKOPT, fd, call.level(), call.number(), value.address(), length.address(), 0);
            String answered = length.intAt(0) + ":" + HexFormat.of().formatHex(value.bytes(0, size));
            return new Answer((int) -Math.min(result, 0), "getsockopt:" + answered);
        } finally {
            syscalls.call(Call.CLOSE, fd, 0, 0, 0, 0, 0);
        }
    }
}
