// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import org.ringwall.sys.Call;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/** The cookie of the calling thread's network namespace, as programs read it. */
final class NetworkNamespace {
    private static final int SOL_SOCKET = 1;
    private static final int SO_NETNS_COOKIE = 71;

    private NetworkNamespace() {}

    /**
     * Returns the cookie, from getsockopt(2) with SO_NETNS_COOKIE on a new socket. Needs kernel
     * 5.14.
     */
    static long cookie(Syscalls syscalls) {
        long fd = syscalls.require(Call.SOCKET, 2, 2, 0);
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            NativeBlock value = frame.zeros(8);
            NativeBlock length = frame.zeros(4);
            length.putInt(0, 8);
            syscalls.require(Call.GETSOCKOPT, fd, SOL_SOCKET, SO_NETNS_COOKIE, value.address(), length.address(), 0);
            return value.longAt(0);
        } finally {
            syscalls.call(Call.CLOSE, fd, 0, 0, 0, 0, 0);
        }
    }
}
