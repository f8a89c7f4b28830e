package org.ringwall.conformance.kernel;

import java.nio.file.Path;
import java.util.HexFormat;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.request.Actor;
import org.ringwall.compiler.request.PacketMeta;
import org.ringwall.compiler.request.Request;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.testkit.RunningKernel;

/** A {@link ProbeServer} in a cgroup; ends with {@link #close}. */
public final class ProbeProcess implements AutoCloseable {
    /** Whether a process here can know its network namespace as programs do: SO_NETNS_COOKIE came with 5.14. */
    public static final boolean KNOWS_NETNS = RunningKernel.atLeast(5, 14);

    private static final int ETH_P_IP = 0x0800;

    private final VisitingServant servant;
    private final Path cgroup;
    private int times = 1;

    private ProbeProcess(VisitingServant servant, Path cgroup) {
        this.servant = servant;
        this.cgroup = cgroup;
    }

    /** One that has entered the cgroup and its own network namespace when this returns. */
    public static ProbeProcess in(Path cgroup) {
        return new ProbeProcess(VisitingServant.in(ProbeServer.class, cgroup), cgroup);
    }

    /** Makes each call, and sends each packet, this many times in a row from now on; the answer is that of the first. */
    public void repeat(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("a call is made at least once");
        }
        times = count;
    }

    /** Its process id. */
    public long pid() {
        return servant.pid();
    }

    /**
     * Who calls, as programs see it: root in its cgroup and network namespace, which is 0 where {@link #KNOWS_NETNS} does
     * not hold; the cookie of a socket is not foreseen.
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

    /** Who makes the sockets of {@link #packet} for root: as {@link #caller}, in a namespace of their own. */
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

    /** Whether all that the policy's text asks about its caller is known beforehand, which the next socket's cookie is not. */
    public static boolean foresees(String policy) {
        return !policy.contains("cookie") && (KNOWS_NETNS || !policy.contains("netns"));
    }

    /** Makes the socket call as this user. */
    public Answer socket(Actor actor, SocketCall call) {
        return ask(actor, call.line());
    }

    /** Makes the call on a socket option as this user. */
    public Answer option(Actor actor, OptionCall call) {
        return ask(actor, call.line());
    }

    /** SO_ATTACH_FILTER with three instructions on a socket, then SO_GET_FILTER with no buffer: it tells how many there are. */
    public Answer filterLength(Actor actor) {
        return ask(actor, "filter");
    }

    /** open(2); `flags` 0 reading, 1 writing, 2 both. */
    public Answer open(Actor actor, Path path, int flags) {
        return ask(actor, "open " + path + " " + flags);
    }

    /** mknod(2) with a file type of stat(2) and permission bits. */
    public Answer mknod(Actor actor, Path path, int mode, long major, long minor) {
        return ask(actor, "mknod " + path + " " + mode + " " + major + " " + minor);
    }

    /** open(2) and read(2) of a sysctl below /proc/sys. */
    public Answer readSysctl(Actor actor, String name) {
        return ask(actor, "read /proc/sys/" + name);
    }

    /** open(2) and write(2) of a sysctl. */
    public Answer writeSysctl(Actor actor, String name, byte[] value) {
        return ask(actor, "write /proc/sys/" + name + " " + HexFormat.of().formatHex(value));
    }

    /**
     * connect(2) or sendto(2) of an AF_UNIX socket, with exactly these bytes in `sun_path`, or, at the hooks that tell names,
     * recvfrom(2), getpeername(2) or getsockname(2) with a socket that is bound to them: the answer is `named:`, the length
     * and the bytes of the address.
     */
    public Answer unix(Actor actor, Request.AtPath at) {
        return ask(actor, "unix " + deed(at.hook()) + " " + at.type() + " " + hex(at.path()));
    }

    /** connect(2) or sendto(2) as above, while a socket of the same process listens at this other `sun_path`. */
    public Answer unix(Actor actor, Request.AtPath at, ByteString listening) {
        return ask(actor, "unix " + deed(at.hook()) + " " + at.type() + " " + hex(at.path()) + " " + hex(listening));
    }

    private static String deed(Hook hook) {
        return switch (hook) {
            case CONNECT_UNIX -> "connect";
            case SENDMSG_UNIX -> "send";
            case RECVMSG_UNIX -> "receive";
            case GETPEERNAME_UNIX -> "peername";
            case GETSOCKNAME_UNIX -> "sockname";
            default -> throw new IllegalArgumentException(hook + " is asked about no path");
        };
    }

    private static String hex(ByteString path) {
        return path.size() == 0 ? "-" : path.hex();
    }

    private static String comm(Actor actor) {
        return actor.comm().hex();
    }

    /**
     * Sends the packet as root, over a socket that the packet's maker has made, as far as user, group and name go: out of a raw socket of the cgroup, or into one from outside. What goes out must not be
     * longer than the loopback takes; for what comes in the answer is `recv`, with EAGAIN if nothing came.
     */
    public Answer packet(Request.Packet packet) {
        return packet(packet, packet.hook() == Hook.SKB_EGRESS ? "egress" : "ingress");
    }

    /**
     * The same for a packet that comes in, as a device hands it up that holds all of it in pages: of what is longer than a
     * page the linear part has the IP header alone.
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
                                meta.mark(),
                                meta.priority(),
                                packet.actor().uid(),
                                packet.actor().gid(),
                                comm(packet.actor())));
    }

    /** Sends one byte over a UDP socket that stays connected, on loopback, from the first such call on. */
    public Answer flow() {
        return ask(new Actor(0, 0), "packet flow");
    }

    private Answer ask(Actor actor, String command) {
        String again = times == 1 ? "" : "repeat " + times + " ";
        return Answer.parse(servant.ask(actor.uid() + " " + actor.gid() + " " + comm(actor) + " " + again + command));
    }

    @Override
    public void close() {
        servant.close();
    }
}
