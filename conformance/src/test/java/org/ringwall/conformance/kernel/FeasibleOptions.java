// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.SocketOption.Place;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.value.ByteString;

/**
 * Uses of socket options that a process can cause on a new socket. It may set any option. It reads
 * an option whose value on such a socket is known, or one that does not exist in any kernel.
 */
final class FeasibleOptions {
    private static final int SOCKET = 1;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int IPV6 = 41;
    private static final int SHOWN = 4096;
    private static final int SHORTEST = 16;
    private static final int LONGEST = 16384;
    private static final int FIRST_UNKNOWN = 1000;

    /**
     * The values on a new AF_INET stream socket: `sk_getsockopt`, `do_ip_getsockopt`,
     * `do_tcp_getsockopt`.
     */
    private static final Map<Place, Integer> ANSWERS = Map.of(
            new Place(SOCKET, 2), 0,
            new Place(SOCKET, 3), 1,
            new Place(SOCKET, 9), 0,
            new Place(SOCKET, 36), 0,
            new Place(0, 1), 0,
            new Place(0, 2), 64,
            new Place(0, 19), 0,
            new Place(TCP, 1), 0,
            new Place(TCP, 2), 536,
            new Place(TCP, 3), 0);

    /** TCP_CONGESTION and TCP_ULP make the kernel load a module of that name. */
    private static final Set<Place> LOADS_MODULES = Set.of(new Place(TCP, 13), new Place(TCP, 31));

    private FeasibleOptions() {}

    /** Returns the requests of the nearest call. The first one creates the socket. */
    static Optional<List<Request>> of(Request.UseOption use, Actor actor) {
        int length = Math.min(Math.max(0, use.optlen()), LONGEST);
        if (use.hook() == Hook.SETSOCKOPT) {
            return Optional.of(new Place(use.level(), use.optname()))
                    .filter(place -> !LOADS_MODULES.contains(place))
                    .map(place -> List.of(socket(use.level(), actor), set(use, length, actor)));
        }
        return answer(use, length, actor).map(read -> List.of(new Request.MakeSocket(2, 1, TCP, actor), read));
    }

    private static Request socket(int level, Actor actor) {
        return switch (level) {
            case UDP -> new Request.MakeSocket(2, 2, UDP, actor);
            case IPV6 -> new Request.MakeSocket(10, 1, TCP, actor);
            default -> new Request.MakeSocket(2, 1, TCP, actor);
        };
    }

    /**
     * Returns the value as a program reads it, of at least 16 bytes. Those after the caller's bytes
     * are 0 (`__cgroup_bpf_run_filter_setsockopt`).
     */
    private static Request set(Request.UseOption use, int length, Actor actor) {
        byte[] given = Arrays.copyOf(use.value().toArray(), Math.min(length, SHOWN));
        ByteString shown = ByteString.of(given, Math.max(SHORTEST, given.length));
        return new Request.UseOption(Hook.SETSOCKOPT, use.level(), use.optname(), length, shown, use.order(), 0, actor);
    }

    private static Optional<Request> answer(Request.UseOption use, int asked, Actor actor) {
        OptionalInt known = Optional.ofNullable(ANSWERS.get(new Place(use.level(), use.optname())))
                .map(OptionalInt::of)
                .orElse(OptionalInt.empty());
        if (known.isPresent()) {
            int room = Math.min(asked, SHOWN);
            int length = use.level() == 0 && asked > 0 && asked < 4 ? 1 : Math.min(asked, 4);
            ByteBuffer word = ByteBuffer.allocate(4).order(use.order()).putInt(known.getAsInt());
            ByteString value = ByteString.of(Arrays.copyOf(word.array(), length), room);
            return Optional.of(new Request.UseOption(
                    Hook.GETSOCKOPT, use.level(), use.optname(), length, value, use.order(), 0, actor));
        }
        boolean elsewhere = !Set.of(SOCKET, 0, TCP).contains(use.level());
        boolean unknown = elsewhere || Integer.compareUnsigned(use.optname(), FIRST_UNKNOWN) >= 0;
        Errno errno = elsewhere ? Errno.EOPNOTSUPP : Errno.ENOPROTOOPT;
        return Optional.of(use)
                .filter(found -> unknown)
                .map(found -> new Request.UseOption(
                        Hook.GETSOCKOPT,
                        use.level(),
                        use.optname(),
                        asked,
                        ByteString.of(new byte[0], Math.min(asked, SHOWN)),
                        use.order(),
                        -errno.number(),
                        actor));
    }
}
