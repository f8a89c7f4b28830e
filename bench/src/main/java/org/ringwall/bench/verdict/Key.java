package org.ringwall.bench.verdict;

import java.util.Set;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.request.Actor;
import org.ringwall.compiler.request.RawAddress;
import org.ringwall.compiler.request.Request;
import org.ringwall.compiler.value.U128;

/** One question to a policy that a system call can be made for again and again. */
sealed interface Key {
    /** Who asks: the driver runs as root. */
    Actor ROOT = new Actor(0, 0);

    /** What the reference evaluator is asked. */
    Request request();

    /** connect(2) of a UDP socket; `address` and `port` in host order. */
    record Connect(int address, int port) implements Key {
        private static final int DGRAM = 2;
        private static final int UDP = 17;

        @Override
        public Request request() {
            RawAddress raw = new RawAddress(true, U128.of(Integer.toUnsignedLong(address)));
            return new Request.AtAddress(Hook.CONNECT4, raw, port, UDP, DGRAM, ROOT);
        }
    }

    /** faccessat(2) of a device node, which asks the hook and opens nothing. `type` is 1 block or 2 char. */
    record Access(int type, int major, int minor, Set<Request.Access> access) implements Key {
        public Access {
            access = Set.copyOf(access);
            if (access.isEmpty() || access.contains(Request.Access.MKNOD)) {
                throw new IllegalArgumentException("faccessat asks to read, to write or both");
            }
        }

        @Override
        public Request request() {
            return new Request.TouchDevice(type, major, minor, access, ROOT);
        }

        /** R_OK 4, W_OK 2. */
        int mode() {
            return (access.contains(Request.Access.READ) ? 4 : 0) | (access.contains(Request.Access.WRITE) ? 2 : 0);
        }

        /** The name of its node, for all modes. */
        String node() {
            return (type == 1 ? "b" : "c") + major + "-" + minor;
        }
    }
}
