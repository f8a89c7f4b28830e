// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import java.nio.file.Path;
import java.util.HexFormat;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.PacketMeta;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.testkit.RunningKernel;

/** A {@link ProbeServer} in a cgroup, which leaves it with {@link #close}. */
public final class ProbeProcess implements AutoCloseable {
    /**
     * Whether a process can read the cookie of its network namespace, as programs do:
     * SO_NETNS_COOKIE (5.14).
     */
    public static final boolean KNOWS_NETNS = RunningKernel.atLeast(5, 14);

    private static final int ETH_P_IP = 0x0800;

    private final VisitingWorker worker;
    private final Path cgroup;
    private int times = 1;

    private ProbeProcess(VisitingWorker worker, Path cgroup) {
        this.worker = worker;
        this.cgroup = cgroup;
    }

    /** Returns a process that has entered the cgroup and its own network namespace. */
    public static ProbeProcess in(Path cgroup) {
        return new ProbeProcess(VisitingWorker.in(ProbeServer.class, cgroup), cgroup);
    }

    /**
     * Makes each later call, and sends each later packet, this many times in a row. The answer is
     * that of the first time.
     */
    public void repeat(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("a call is made at least once");
        }
        times = count;
    }

    /** Returns its process id. */
    public long pid() {
        return worker.pid();
    }

    /**
     * Returns the caller as programs see it: root, in its cgroup and network namespace. The
     * namespace is 0 if {@link #KNOWS_NETNS} is false. The cookie of a socket is unknown in advance
     * and therefore 0.
     */
    public Actor caller() {
        return new Actor(
                0,
                0,
                Actor.ORDINARY.comm(),
                pid(),
                CgroupIds.of(cgroup),
                CgroupIds.ancestors(cgroup),
                netns("netns"),
                0);
    }

    /**
     * Returns the creator of the sockets of {@link #packet} if it is root: the caller, in a network
     * namespace of their own.
     */
    public Actor packetMaker() {
        Actor caller = caller();
        return new Actor(
                caller.uid(),
                caller.gid(),
                caller.comm(),
                caller.pid(),
                caller.cgroup(),
                caller.ancestors(),
                netns("packet netns"),
                0);
    }

    private long netns(String command) {
        return KNOWS_NETNS
                ? Long.parseUnsignedLong(ask(new Actor(0, 0), command).step())
                : 0;
    }

    /**
     * Returns whether everything that the policy's text reads of its caller is known in advance. A
     * socket's cookie is not.
     */
    public static boolean foresees(String policy) {
        return !policy.contains("cookie") && (KNOWS_NETNS || !policy.contains("netns"));
    }

    /** Makes the socket call as this user. */
    public Answer socket(Actor actor, SocketCall call) {
        return ask(actor, call.line());
    }

    /** Makes the socket option call as this user. */
    public Answer option(Actor actor, OptionCall call) {
        return ask(actor, call.line());
    }

    /**
     * Attaches a filter of three instructions with SO_ATTACH_FILTER, then reads its length with
     * SO_GET_FILTER and no buffer.
     */
    public Answer filterLength(Actor actor) {
        return ask(actor, "filter");
    }

    /** Calls open(2); `flags` is 0 for reading, 1 for writing, 2 for both. */
    public Answer open(Actor actor, Path path, int flags) {
        return ask(actor, "open " + path + " " + flags);
    }

    /** Calls mknod(2); `mode` contains a file type of stat(2) and permission bits. */
    public Answer mknod(Actor actor, Path path, int mode, long major, long minor) {
        return ask(actor, "mknod " + path + " " + mode + " " + major + " " + minor);
    }

    /** Calls open(2) and read(2) for a sysctl, named relative to /proc/sys. */
    public Answer readSysctl(Actor actor, String name) {
        return ask(actor, "read /proc/sys/" + name);
    }

    /** Calls open(2) and write(2) for a sysctl. */
    public Answer writeSysctl(Actor actor, String name, byte[] value) {
        return ask(actor, "write /proc/sys/" + name + " " + HexFormat.of().formatHex(value));
    }

    /**
     * Calls connect(2) or sendto(2) of an AF_UNIX socket, with exactly these bytes in `sun_path`.
     * At the hooks that report names, it calls recvfrom(2), getpeername(2) or getsockname(2) with a
     * socket bound to them; the answer is then `named:` and the address in hex.
     */
    public Answer unix(Actor actor, Request.AtPath at) {
        return ask(actor, "unix " + operation(at.hook()) + " " + at.type() + " " + hex(at.path()));
    }

    /**
     * Calls connect(2) or sendto(2) as above, while a socket of the same process listens at the
     * `sun_path` `listening`.
     */
    public Answer unix(Actor actor, Request.AtPath at, ByteString listening) {
        return ask(
                actor, "unix " + operation(at.hook()) + " " + at.type() + " " + hex(at.path()) + " " + hex(listening));
    }

    private static String operation(Hook hook) {
        return switch (hook.call().orElseThrow()) {
            case CONNECT -> "connect";
            case SENDMSG -> "send";
            case RECVMSG -> "receive";
            case GETPEERNAME -> "peername";
            case GETSOCKNAME -> "sockname";
            case BIND, POST_BIND -> throw new IllegalArgumentException(hook + " is asked about no path");
        };
    }

    private static String hex(ByteString path) {
        return path.size() == 0 ? "-" : path.hex();
    }

    private static String comm(Actor actor) {
        return actor.comm().hex();
    }

    /**
     * Sends the packet as root, through a socket created by the packet's owner as far as uid, gid
     * and name go. On egress it is sent from a raw socket of the cgroup, and must not exceed the
     * MTU of loopback. On ingress it is sent to a raw socket of the cgroup from outside; the answer
     * is `recv`, with EAGAIN if it was not received.
     */
    public Answer packet(Request.Packet packet) {
        return packet(packet, packet.hook() == Hook.SKB_EGRESS ? "egress" : "ingress");
    }

    /**
     * Sends an ingress packet as a device delivers it that stores all of it in pages. If it is
     * longer than a page, the linear part contains only the IP header.
     */
    public Answer pagedPacket(Request.Packet packet) {
        if (packet.hook() != Hook.SKB_INGRESS) {
            throw new IllegalArgumentException(packet + " comes from no device");
        }
        return packet(packet, "paged");
    }

    private Answer packet(Request.Packet packet, String direction) {
        String bytes = HexFormat.of().formatHex(packet.bytes().toArray());
        String family = packet.etherType() == ETH_P_IP ? "4" : "6";
        PacketMeta meta = packet.meta();
        return ask(
                new Actor(0, 0),
                "packet %s %s %s %d %d %d %d %s"
                        .formatted(
                                direction,
                                family,
                                bytes,
                                meta.number("mark"),
                                meta.number("priority"),
                                packet.actor().uid(),
                                packet.actor().gid(),
                                comm(packet.actor())));
    }

    /**
     * Sends one byte on loopback through a UDP socket, which is connected by the first such call
     * and stays connected.
     */
    public Answer flow() {
        return ask(new Actor(0, 0), "packet flow");
    }

    private Answer ask(Actor actor, String command) {
        String again = times == 1 ? "" : "repeat " + times + " ";
        return Answer.parse(worker.ask(actor.uid() + " " + actor.gid() + " " + comm(actor) + " " + again + command));
    }

    @Override
    public void close() {
        worker.close();
    }
}
