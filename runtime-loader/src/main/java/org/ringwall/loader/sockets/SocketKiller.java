// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.sockets;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.loader.cgroup.Cgroup;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.HostException;
import org.ringwall.loader.sockets.DiagMessages.Answer;
import org.ringwall.loader.sockets.DiagMessages.Kind;
import org.ringwall.loader.sockets.DiagMessages.Socket;
import org.ringwall.loader.sys.Call;
import org.ringwall.loader.sys.ErrorNumber;
import org.ringwall.loader.sys.Fd;
import org.ringwall.loader.sys.NetlinkSocket;
import org.ringwall.loader.sys.SyscallException;

/**
 * An operation that ends the sockets of cgroups: TCP connections, and connected UDP sockets. A
 * socket belongs to the cgroup in which its creator was then, even if a process elsewhere uses it
 * now.
 *
 * <p>A process gets ECONNABORTED from its next call on such a socket ({@code tcp_abort},
 * {@code udp_abort}).
 */
public final class SocketKiller {
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int IPPROTO_TCP = 6;
    private static final int IPPROTO_UDP = 17;

    /** The states of include/net/tcp_states.h in which a TCP socket has a peer. */
    private static final int WITH_PEER = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 8 | 1 << 9 | 1 << 11;

    private static final int LISTEN = 1 << 10;

    /** The state of a UDP socket that is connected. */
    private static final int ESTABLISHED = 1 << 1;

    private static final int CAP_NET_ADMIN = 12;

    private static final List<Kind> KINDS = List.of(
            new Kind(AF_INET, IPPROTO_TCP),
            new Kind(AF_INET6, IPPROTO_TCP),
            new Kind(AF_INET, IPPROTO_UDP),
            new Kind(AF_INET6, IPPROTO_UDP));

    private final LoaderHost host;
    private final Path proc;
    private final boolean listening;

    /**
     * Creates a killer.
     *
     * @param listening whether listening TCP sockets are ended too
     */
    public SocketKiller(LoaderHost host, boolean listening) {
        this.host = host;
        this.proc = Path.of("/proc");
        this.listening = listening;
    }

    /**
     * Checks that this kernel can select sockets by cgroup and end them. It ends none.
     *
     * @throws HostException if the kernel cannot, or this process lacks CAP_NET_ADMIN
     */
    public void require() {
        if (!host.host().capable(CAP_NET_ADMIN)) {
            throw new HostException("sockets can only be ended with CAP_NET_ADMIN", "run as root");
        }
        try (NetlinkSocket link = host.host().openDiagnostics()) {
            for (Kind kind : KINDS) {
                // No cgroup has this id.
                list(link, kind, List.of(-1L));
                int error = destroy(link, DiagMessages.none(kind));
                if (error == Errno.EOPNOTSUPP.number()) {
                    throw lacks("it was built without CONFIG_INET_DIAG_DESTROY");
                }
            }
        } catch (SyscallException e) {
            boolean filter = e.errno().is(Errno.EINVAL);
            throw lacks(
                    filter
                            ? "it cannot select them by cgroup, as Linux 5.9 and newer can"
                            : "sock_diag for TCP and UDP is missing (" + e.errno() + ")");
        }
    }

    private static HostException lacks(String why) {
        return new HostException(
                "this kernel cannot end the sockets of a cgroup: " + why,
                "apply without --kill-sockets, and restart what must not keep its connections");
    }

    /**
     * Ends the sockets of these cgroups and their descendants, in the network namespaces of this
     * process and of all threads in those cgroups.
     *
     * @return the number of sockets ended for each cgroup; one that belongs to several counts for
     *     the first
     * @throws HostException if some sockets could not be listed or ended
     */
    public Map<Cgroup, Integer> end(List<Cgroup> places) {
        Map<Cgroup, Integer> ended = new LinkedHashMap<>();
        try {
            for (Cgroup place : places) {
                ended.put(place, end(place));
            }
        } catch (SyscallException e) {
            throw new HostException(
                    "some sockets that existed before were not ended: " + e.getMessage(),
                    "apply again with --kill-sockets, or restart what must not keep its connections");
        }
        return ended;
    }

    private int end(Cgroup place) {
        List<Long> ids =
                host.cgroups().withDescendants(place).stream().map(Cgroup::id).toList();
        int count;
        try (NetlinkSocket here = host.host().openDiagnostics()) {
            count = end(here, ids);
        }
        Set<String> seen = new LinkedHashSet<>();
        name(proc.resolve("self/ns/net")).ifPresent(seen::add);
        for (long pid : host.cgroups().processes(place)) {
            for (Path namespace : namespaces(pid)) {
                if (name(namespace).filter(seen::add).isPresent()) {
                    count += endIn(namespace, ids);
                }
            }
        }
        return count;
    }

    /** Returns the files of the network namespaces of a process's threads. */
    private List<Path> namespaces(long pid) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(proc.resolve(pid + "/task"))) {
            tasks.forEach(task -> found.add(task.resolve("ns/net")));
        } catch (IOException | DirectoryIteratorException e) {
            // The process has ended.
            return found;
        }
        return found;
    }

    /**
     * Returns the name of a namespace, such as `net:[4026531840]`; empty if the thread has ended.
     */
    private static Optional<String> name(Path namespace) {
        try {
            return Optional.of(Files.readSymbolicLink(namespace).toString());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private int endIn(Path namespace, List<Long> ids) {
        Fd open;
        try {
            open = host.host().openFile(namespace);
        } catch (SyscallException e) {
            if (e.errno().is(Errno.ENOENT) || e.errno().is(Errno.ESRCH)) {
                // The thread has ended. Others in the namespace are found by their own files.
                return 0;
            }
            throw e;
        }
        try (open;
                NetlinkSocket there = host.host().openDiagnostics(open)) {
            return end(there, ids);
        }
    }

    private int end(NetlinkSocket link, List<Long> ids) {
        // List all before ending any, because a change of the kernel's table can hide others.
        Set<Socket> sockets = new LinkedHashSet<>();
        for (int from = 0; from < ids.size(); from += DiagMessages.MAX_CGROUPS) {
            List<Long> some = ids.subList(from, Math.min(from + DiagMessages.MAX_CGROUPS, ids.size()));
            for (Kind kind : KINDS) {
                sockets.addAll(list(link, kind, some));
            }
        }
        int count = 0;
        for (Socket socket : sockets) {
            int error = destroy(link, socket);
            boolean gone = error == Errno.ENOENT.number() || error == Errno.ESTALE.number();
            if (error != 0 && !gone) {
                throw new SyscallException(Call.SENDTO, new ErrorNumber(error));
            }
            count += error == 0 ? 1 : 0;
        }
        return count;
    }

    private Set<Socket> list(NetlinkSocket link, Kind kind, List<Long> ids) {
        int states = kind.protocol() == IPPROTO_UDP ? ESTABLISHED : listening ? WITH_PEER | LISTEN : WITH_PEER;
        Set<Long> wanted = Set.copyOf(ids);
        link.send(DiagMessages.dump(kind, states, ids));
        Set<Socket> sockets = new LinkedHashSet<>();
        while (true) {
            Answer answer = DiagMessages.answer(link.receive(), kind, wanted);
            sockets.addAll(answer.sockets());
            if (answer.error().orElse(0) != 0) {
                throw new SyscallException(
                        Call.SENDTO, new ErrorNumber(answer.error().getAsInt()));
            }
            if (answer.done() || answer.error().isPresent()) {
                return sockets;
            }
        }
    }

    /** Ends a socket. Returns the errno, 0 for success. */
    private static int destroy(NetlinkSocket link, Socket socket) {
        link.send(DiagMessages.destroy(socket));
        while (true) {
            Answer answer = DiagMessages.answer(link.receive(), socket.kind(), Set.of());
            if (answer.error().isPresent()) {
                return answer.error().getAsInt();
            }
        }
    }
}
