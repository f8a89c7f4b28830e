// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.verdict;

import java.util.Optional;
import java.util.function.LongFunction;
import org.ringwall.sys.Call;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/** TCP connections over loopback, with both ends in this process. */
final class Connections {
    private static final int AF_INET = 2;
    private static final int SOCK_STREAM = 1;
    private static final int SOL_SOCKET = 1;
    private static final int SO_LINGER = 13;
    private static final int LINGER = 8;
    private static final int SOL_TCP = 6;
    private static final int TCP_INFO = 11;
    private static final int TCP_USER_TIMEOUT = 18;

    /**
     * The size of the start of `struct tcp_info` that is read, and below it the offset of
     * `tcpi_options`.
     */
    private static final int INFO = 8;

    private static final int INFO_OPTIONS = 5;
    private static final int TCPI_OPT_ECN = 8;
    private static final int SOCKADDR = 16;
    private static final int BACKLOG = 8;
    private static final byte[] LOOPBACK = {127, 0, 0, 1};

    private final Syscalls syscalls;
    private final NativeBlock address;
    private final NativeBlock length;
    private final NativeBlock linger;
    private final NativeBlock value;

    Connections(Syscalls syscalls, NativeArena.Frame frame) {
        this.syscalls = syscalls;
        this.address = frame.zeros(SOCKADDR);
        this.length = frame.zeros(Integer.BYTES);
        this.linger = frame.zeros(LINGER);
        this.value = frame.zeros(INFO);
        address.put(0, new byte[] {AF_INET, 0, 0, 0}).put(4, LOOPBACK);
        length.putInt(0, SOCKADDR);
        linger.putInt(0, 1);
    }

    /** Makes `count` connections and returns how many were established. */
    int make(int count) {
        int made = 0;
        long listener = listener();
        try {
            for (int i = 0; i < count; i++) {
                made += made(listener, client -> "").isPresent() ? 1 : 0;
            }
            return made;
        } finally {
            close(listener);
        }
    }

    /**
     * Returns the client's TCP_USER_TIMEOUT, a `/`, and `ecn` if both ends use it or `none`.
     * Returns `lost` if no connection was established.
     */
    String tuned() {
        long listener = listener();
        try {
            return made(listener, client -> {
                        int timeout =
                                option(client, TCP_USER_TIMEOUT, Integer.BYTES).intAt(0);
                        byte options = option(client, TCP_INFO, INFO).bytes(INFO_OPTIONS, 1)[0];
                        return timeout + "/" + ((options & TCPI_OPT_ECN) != 0 ? "ecn" : "none");
                    })
                    .orElse("lost");
        } finally {
            close(listener);
        }
    }

    private NativeBlock option(long socket, int name, int size) {
        value.putInt(0, 0);
        length.putInt(0, size);
        syscalls.require(Call.GETSOCKOPT, socket, SOL_TCP, name, value.address(), length.address(), 0);
        return value;
    }

    private long listener() {
        long listener = syscalls.require(Call.SOCKET, AF_INET, SOCK_STREAM, 0);
        syscalls.require(Call.BIND, listener, address.address(), SOCKADDR);
        syscalls.require(Call.LISTEN, listener, BACKLOG, 0);
        syscalls.require(Call.GETSOCKNAME, listener, address.address(), length.address());
        return listener;
    }

    /**
     * Makes a connection and returns the result of `said` if it was established. The connection is
     * reset on close, so that no ports are used up in TIME_WAIT.
     */
    private Optional<String> made(long listener, LongFunction<String> said) {
        long client = syscalls.require(Call.SOCKET, AF_INET, SOCK_STREAM, 0);
        try {
            syscalls.require(Call.SETSOCKOPT, client, SOL_SOCKET, SO_LINGER, linger.address(), LINGER, 0);
            if (syscalls.call(Call.CONNECT, client, address.address(), SOCKADDR, 0, 0, 0) != 0) {
                return Optional.empty();
            }
            long server = syscalls.call(Call.ACCEPT4, listener, 0, 0, 0, 0, 0);
            if (server < 0) {
                return Optional.empty();
            }
            Optional<String> found = Optional.of(said.apply(client));
            close(server);
            return found;
        } finally {
            close(client);
        }
    }

    private void close(long socket) {
        syscalls.call(Call.CLOSE, socket, 0, 0, 0, 0, 0);
    }
}
