// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.Probe;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.conformance.generate.RandomChoices;

/**
 * The nearest request to a random one that a process can cause without harm: sockets that can be
 * created, devices that are safe to open, sysctls that exist. The result is empty if there is none.
 */
public final class Feasible {
    private static final int PAGE = 4096;
    private static final long NOBODY = 0xffff_ffffL;
    private static final int LOCAL_MAJORS = 4000;
    private static final Set<Long> MEMORY_MINORS = Set.of(3L, 5L, 7L, 8L, 9L);
    private static final Set<String> WRITABLE = Set.of("kernel/hostname", "kernel/domainname");

    private final RandomChoices choices;
    private final Actor caller;

    /** Creates an adapter for calls of this process, with choices determined by `draw`. */
    public Feasible(RandomChoices choices, Actor caller) {
        this.choices = choices;
        this.caller = caller;
    }

    /** Returns the call and the requests that it causes. */
    public Optional<Probe> probe(Request request) {
        return request.accept(new Bend());
    }

    private final class Bend implements Request.Visitor<Optional<Probe>> {
        @Override
        public Optional<Probe> atAddress(Request.AtAddress at) {
            return switch (at.hook()) {
                case CONNECT4, CONNECT6, SENDMSG4, SENDMSG6, BIND4, BIND6 -> Optional.of(Feasible.this.atAddress(at));
                default -> Optional.empty();
            };
        }

        @Override
        public Optional<Probe> makeSocket(Request.MakeSocket made) {
            return Optional.of(Feasible.probe(List.of(socket(made))));
        }

        @Override
        public Optional<Probe> touchDevice(Request.TouchDevice touched) {
            return device(touched).map(feasible -> Feasible.probe(List.of(feasible)));
        }

        /**
         * post_bind, sock_release and TCP events are caused by other calls; no system call of their
         * own is made.
         */
        @Override
        public Optional<Probe> bound(Request.Bound bound) {
            return Optional.empty();
        }

        @Override
        public Optional<Probe> releaseSocket(Request.ReleaseSocket released) {
            return Optional.empty();
        }

        @Override
        public Optional<Probe> tcpEvent(Request.TcpEvent event) {
            return Optional.empty();
        }

        @Override
        public Optional<Probe> touchSysctl(Request.TouchSysctl touched) {
            return sysctl(touched).map(feasible -> Feasible.probe(List.of(feasible)));
        }

        @Override
        public Optional<Probe> useOption(Request.UseOption used) {
            return FeasibleOptions.of(used, actor(used.actor())).map(Feasible::probe);
        }

        /**
         * Returns a call with a name that the kernel accepts. No process listens there, so the
         * result is the verdict or comes after it.
         */
        @Override
        public Optional<Probe> atPath(Request.AtPath at) {
            boolean tells = at.hook() != Hook.CONNECT_UNIX && at.hook() != Hook.SENDMSG_UNIX;
            int type = at.hook() == Hook.SENDMSG_UNIX ? 2 : choices.oneOf(1, 2, 5);
            boolean asked = tells
                    ? isOwn(at.path())
                            || at.hook() == Hook.RECVMSG_UNIX && at.path().size() == 0
                    : at.path().size() != 0;
            return asked
                    ? Optional.of(
                            Feasible.probe(List.of(new Request.AtPath(at.hook(), type, at.path(), actor(at.actor())))))
                    : Optional.empty();
        }

        /** Packets are passed to the kernel unchanged, by BPF_PROG_TEST_RUN. */
        @Override
        public Optional<Probe> packet(Request.Packet packet) {
            return Optional.empty();
        }
    }

    /**
     * Returns whether binding a socket to the path leaves no file: abstract names belong to the
     * network namespace.
     */
    private static boolean isOwn(ByteString path) {
        return path.size() > 0 && path.at(0) == 0;
    }

    private static Probe probe(List<Request> requests) {
        return new Probe(requests.toString(), requests);
    }

    private Probe atAddress(Request.AtAddress at) {
        boolean sends = at.hook() == Hook.SENDMSG4 || at.hook() == Hook.SENDMSG6;
        boolean connects = at.hook() == Hook.CONNECT4 || at.hook() == Hook.CONNECT6;
        int type = sends || choices.chance(50) ? 2 : 1;
        int datagrams = connects ? 17 : choices.oneOf(17, 17, 136);
        int protocol = type == 2 ? datagrams : choices.oneOf(6, 6, 262);
        int family = at.address().isV4() ? 2 : 10;
        Actor actor = actor(at.actor());
        List<Request> requests = new ArrayList<>();
        requests.add(new Request.MakeSocket(family, type, protocol, actor));
        requests.add(asked(at, type, protocol == 262 ? 6 : protocol, actor));
        return probe(requests);
    }

    /**
     * Returns the request that the kernel makes. For MPTCP it is that of the TCP subflow. For a
     * v4-mapped destination it is sendmsg4 (udpv6_sendmsg calls udp_sendmsg).
     */
    private static Request asked(Request.AtAddress at, int type, int protocol, Actor actor) {
        boolean mapped = at.hook() == Hook.SENDMSG6 && at.address().normalised().isV4();
        Hook hook = mapped ? Hook.SENDMSG4 : at.hook();
        RawAddress address =
                mapped ? new RawAddress(true, at.address().normalised().bits()) : at.address();
        return new Request.AtAddress(hook, address, at.port(), protocol, type, actor);
    }

    private Request socket(Request.MakeSocket socket) {
        int type = socket.type() == 3 ? 3 : choices.oneOf(1, 2, 3);
        boolean v4 = socket.family() == 2;
        int protocol = switch (type) {
            case 1 -> choices.oneOf(6, 262);
            case 2 -> choices.oneOf(17, 136, v4 ? 1 : 58);
            default -> Math.max(1, socket.protocol());
        };
        return new Request.MakeSocket(socket.family(), type, protocol, actor(socket.actor()));
    }

    private Optional<Request> device(Request.TouchDevice device) {
        boolean makes = device.access().contains(Request.Access.MKNOD);
        long major = device.major() & 0xfff;
        long minor = device.minor() & 0xfffff;
        boolean harmless = device.type() == 2 && major == 1 && MEMORY_MINORS.contains(minor);
        if (device.access().isEmpty() || major + minor == 0) {
            return Optional.empty();
        }
        if (!makes && !harmless) {
            major = LOCAL_MAJORS + major % 90;
        }
        Set<Request.Access> access = makes ? Set.of(Request.Access.MKNOD) : device.access();
        return Optional.of(new Request.TouchDevice(device.type(), major, minor, access, actor(device.actor())));
    }

    private Optional<Request> sysctl(Request.TouchSysctl sysctl) {
        boolean write = sysctl.write() && WRITABLE.contains(sysctl.name());
        Path path = Path.of("/proc/sys", sysctl.name());
        // The process has its own network namespace, whose sysctls have values that cannot be read
        // here.
        boolean network = sysctl.name().startsWith("net/");
        if (network || !Files.isRegularFile(path) || !path.normalize().startsWith("/proc/sys")) {
            return Optional.empty();
        }
        Optional<ByteString> content = content(path);
        Optional<Request.TouchSysctl.Write> written =
                write ? Optional.of(new Request.TouchSysctl.Write(content.map(Feasible::word), 0)) : Optional.empty();
        return Optional.of(new Request.TouchSysctl(sysctl.name(), content, written, actor(sysctl.actor())));
    }

    /**
     * Reads the sysctl with one read(2): many return nothing on a second one (do_proc_dointvec in
     * kernel/sysctl.c).
     */
    private static Optional<ByteString> content(Path path) {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] bytes = new byte[PAGE];
            return Optional.of(ByteString.of(bytes, Math.max(0, in.read(bytes))));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Removes the newline at the end, as {@link RealCalls} does before it writes the value. */
    private static ByteString word(ByteString line) {
        return line.first(line.size() - 1);
    }

    /**
     * Returns an actor whose ids a process can take. For setresuid(2) and setresgid(2), 2^32 − 1
     * means unchanged.
     */
    private Actor actor(Actor actor) {
        boolean possible = actor.uid() != NOBODY && actor.gid() != NOBODY;
        Actor able =
                possible ? caller.as(actor.uid(), actor.gid()) : caller.as(Actor.ORDINARY.uid(), Actor.ORDINARY.gid());
        return able.named(actor.comm().size() == 0 ? Actor.ORDINARY.comm() : actor.comm());
    }
}
