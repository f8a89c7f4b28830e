// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import java.util.EnumSet;
import java.util.Set;
import org.ringwall.sys.Call;
import org.ringwall.sys.Syscalls;

/**
 * System calls that repeat every call at which a hook may run. The repetitions directly follow each
 * other, and the result is that of the first one. Calls that prepare and clean up are made once.
 */
record Repeating(Syscalls syscalls, int times) implements Syscalls {
    /**
     * The calls that return a descriptor. Only the last descriptor stays open, and its result is
     * returned.
     */
    private static final Set<Call> OPENING = EnumSet.of(Call.OPENAT, Call.SOCKET);

    private static final Set<Call> ASKING = EnumSet.of(
            Call.CONNECT,
            Call.SENDTO,
            Call.RECVFROM,
            Call.BIND,
            Call.READ,
            Call.WRITE,
            Call.SETSOCKOPT,
            Call.GETSOCKOPT,
            Call.GETSOCKNAME,
            Call.GETPEERNAME);

    @Override
    public long once(Call call, long a, long b, long c, long d, long e, long f) {
        if (OPENING.contains(call)) {
            for (int i = 1; i < times; i++) {
                long opened = syscalls.call(call, a, b, c, d, e, f);
                if (opened >= 0) {
                    syscalls.call(Call.CLOSE, opened, 0, 0, 0, 0, 0);
                }
            }
            return syscalls.call(call, a, b, c, d, e, f);
        }
        long first = syscalls.call(call, a, b, c, d, e, f);
        for (int i = 1; i < times && ASKING.contains(call); i++) {
            syscalls.call(call, a, b, c, d, e, f);
        }
        return first;
    }
}
