// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.sockets;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongPredicate;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.cgroup.KernelCgroups;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.EndedSockets;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.Lookup;
import org.ringwall.loader.sockets.DiagMessages.Answer;
import org.ringwall.loader.sockets.DiagMessages.Kind;
import org.ringwall.loader.sockets.DiagMessages.Socket;
import org.ringwall.sys.Call;
import org.ringwall.sys.ErrorNumber;
import org.ringwall.sys.Host;
import org.ringwall.sys.NetlinkSocket;
import org.ringwall.sys.SyscallException;

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

    private final Host host;
    private final KernelCgroups cgroups;
    private final Bpf bpf;
    private final NetworkNamespaces namespaces;
    private final boolean listening;

    /**
     * Creates a killer.
     *
     * @param listening whether listening TCP sockets are ended too
     */
    public SocketKiller(Bpf bpf, Host host, KernelCgroups cgroups, boolean listening) {
        this.bpf = bpf;
        this.host = host;
        this.cgroups = cgroups;
        this.namespaces = new NetworkNamespaces(host);
        this.listening = listening;
    }

    /**
     * Checks that this kernel can select sockets by cgroup and end them. It ends none.
     *
     * @throws HostException if the kernel cannot, or this process lacks CAP_NET_ADMIN
     */
    public void require() {
        if (!host.capable(CAP_NET_ADMIN)) {
            throw new HostException("sockets can only be ended with CAP_NET_ADMIN", "run as root");
        }
        try (NetlinkSocket link = host.openDiagnostics()) {
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
     * Ends the sockets of these cgroups and their descendants, in the network namespaces of all
     * threads of this host and in those with a name.
     *
     * @param removed the ids of further cgroups, which were removed
     * @throws HostException if some sockets could not be listed or ended
     */
    public EndedSockets end(List<Cgroup> places, Set<Long> removed) {
        Map<Cgroup, List<Long>> wanted = new LinkedHashMap<>();
        removed.forEach(id -> wanted.put(new Cgroup(Optional.empty(), id), List.of(id)));
        Map<Cgroup, Integer> ended = new LinkedHashMap<>();
        for (Cgroup place : places) {
            wanted.put(
                    place,
                    cgroups.withDescendants(place).stream().map(Cgroup::id).toList());
            ended.put(place, 0);
        }
        Optional<CgroupChains> chains = CgroupChains.of(bpf);
        Map<Long, Lookup<Cgroup>> known = new HashMap<>();
        try {
            int left = namespaces
                    .all(() -> {
                        wanted.forEach((cgroup, ids) -> count(cgroup, endHere(ids), ended));
                        chains.ifPresent(there -> endRemoved(there, places, ended));
                        return chains.isPresent() ? 0 : unattributed(known);
                    })
                    .stream()
                    .mapToInt(Integer::intValue)
                    .sum();
            return new EndedSockets(ended, left);
        } catch (SyscallException | KernelRefusedException e) {
            throw new HostException(
                    "some sockets that existed before were not ended: " + e.getMessage(),
                    "apply again with --kill-sockets, or restart what must not keep its connections");
        } finally {
            chains.ifPresent(CgroupChains::close);
        }
    }

    private int endHere(List<Long> ids) {
        try (NetlinkSocket link = host.openDiagnostics()) {
            return end(link, ids);
        }
    }

    /** Ends the sockets of removed descendants in the namespace of this thread. */
    private void endRemoved(CgroupChains chains, List<Cgroup> places, Map<Cgroup, Integer> ended) {
        for (List<Long> chain : chains.read()) {
            places.stream()
                    .filter(place -> chain.contains(place.id()))
                    .findFirst()
                    .ifPresent(place -> count(place, endHere(chain.subList(0, 1)), ended));
        }
    }

    private static void count(Cgroup cgroup, int number, Map<Cgroup, Integer> ended) {
        if (number > 0) {
            ended.merge(cgroup, number, Integer::sum);
        }
    }

    /** Returns how many sockets in the namespace of this thread belong to removed cgroups. */
    private int unattributed(Map<Long, Lookup<Cgroup>> known) {
        AtomicInteger count = new AtomicInteger();
        try (NetlinkSocket link = host.openDiagnostics()) {
            for (Kind kind : KINDS) {
                list(link, kind, List.of(), id -> {
                    if (known.computeIfAbsent(id, cgroups::byId) instanceof Lookup.Gone<Cgroup>) {
                        count.incrementAndGet();
                    }
                    return false;
                });
            }
        }
        return count.get();
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
        return list(link, kind, ids, Set.copyOf(ids)::contains);
    }

    private Set<Socket> list(NetlinkSocket link, Kind kind, List<Long> ids, LongPredicate wanted) {
        int states = kind.protocol() == IPPROTO_UDP ? ESTABLISHED : listening ? WITH_PEER | LISTEN : WITH_PEER;
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
