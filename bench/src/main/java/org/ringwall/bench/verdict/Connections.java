package org.ringwall.bench.verdict;

import org.ringwall.loader.sys.Call;
import org.ringwall.loader.sys.NativeArena;
import org.ringwall.loader.sys.NativeBlock;
import org.ringwall.loader.sys.Syscalls;

/** TCP connections over loopback, both ends in this process. */
final class Connections {
    private static final int AF_INET = 2;
    private static final int SOCK_STREAM = 1;
    private static final int SOL_SOCKET = 1;
    private static final int SO_LINGER = 13;
    private static final int LINGER = 8;
    private static final int SOCKADDR = 16;
    private static final int BACKLOG = 8;
    private static final byte[] LOOPBACK = {127, 0, 0, 1};

    private final Syscalls syscalls;
    private final NativeBlock address;
    private final NativeBlock length;
    private final NativeBlock linger;

    Connections(Syscalls syscalls, NativeArena.Frame frame) {
        this.syscalls = syscalls;
        this.address = frame.zeros(SOCKADDR);
        this.length = frame.zeros(Integer.BYTES);
        this.linger = frame.zeros(LINGER);
        address.put(0, new byte[] {AF_INET, 0, 0, 0}).put(4, LOOPBACK);
        length.putInt(0, SOCKADDR);
        linger.putInt(0, 1);
    }

    /** How many of this many came about. */
    int make(int count) {
        long listener = syscalls.require(Call.SOCKET, AF_INET, SOCK_STREAM, 0);
        try {
            syscalls.require(Call.BIND, listener, address.address(), SOCKADDR);
            syscalls.require(Call.LISTEN, listener, BACKLOG, 0);
            syscalls.require(Call.GETSOCKNAME, listener, address.address(), length.address());
            int made = 0;
            for (int i = 0; i < count; i++) {
                made += make(listener) ? 1 : 0;
            }
            return made;
        } finally {
            close(listener);
        }
    }

    /** It is reset when it is closed, so that no port waits (TIME_WAIT), of which there would soon be no more. */
    private boolean make(long listener) {
        long client = syscalls.require(Call.SOCKET, AF_INET, SOCK_STREAM, 0);
        try {
            syscalls.require(Call.SETSOCKOPT, client, SOL_SOCKET, SO_LINGER, linger.address(), LINGER, 0);
            if (syscalls.call(Call.CONNECT, client, address.address(), SOCKADDR, 0, 0, 0) != 0) {
                return false;
            }
            long server = syscalls.call(Call.ACCEPT4, listener, 0, 0, 0, 0, 0);
            if (server < 0) {
                return false;
            }
            close(server);
            return true;
        } finally {
            close(client);
        }
    }

    private void close(long socket) {
        syscalls.call(Call.CLOSE, socket, 0, 0, 0, 0, 0);
    }
}
