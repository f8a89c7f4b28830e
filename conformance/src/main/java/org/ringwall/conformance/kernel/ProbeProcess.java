package org.ringwall.conformance.kernel;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.request.Actor;
import org.ringwall.compiler.request.PacketMeta;
import org.ringwall.compiler.request.Request;

/** A {@link ProbeServer} in a cgroup; ends with {@link #close}. */
public final class ProbeProcess implements AutoCloseable {
    private static final int ETH_P_IP = 0x0800;

    private final Process process;
    private final BufferedReader in;
    private final PrintStream out;

    private final Path cgroup;

    private ProbeProcess(Process process, Path cgroup) {
        this.process = process;
        this.cgroup = cgroup;
        this.in = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.out = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    }

    /** Starts one that has entered the cgroup and its own network namespace when this returns. */
    public static ProbeProcess in(Path cgroup) {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                ProbeServer.class.getName(),
                cgroup.toString());
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            ProbeProcess probe = new ProbeProcess(process, cgroup);
            if (!"ready".equals(probe.readLine())) {
                throw new IllegalStateException("the probe server did not start");
            }
            return probe;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its process id. */
    public long pid() {
        return process.pid();
    }

    /** Who calls, as programs see it: root in its cgroup and network namespace; the cookie of a socket is not foreseen. */
    public Actor caller() {
        return new Actor(
                0,
                0,
                Actor.ORDINARY.comm(),
                pid(),
                CgroupIds.of(cgroup),
                CgroupIds.ancestors(cgroup),
                Long.parseUnsignedLong(ask(new Actor(0, 0), "netns").step()),
                0);
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

    /** connect(2) or sendto(2) of an AF_UNIX socket, with exactly these bytes in `sun_path`. */
    public Answer unix(Actor actor, Request.AtPath at) {
        String deed = at.hook() == Hook.SENDMSG_UNIX ? "send" : "connect";
        return ask(
                actor,
                "unix " + deed + " " + at.type() + " "
                        + HexFormat.of().formatHex(at.path().toArray()));
    }

    private static String comm(Actor actor) {
        return HexFormat.of().formatHex(actor.comm().toArray());
    }

    /**
     * Sends the packet as root: out of a raw socket of the cgroup, or into one from outside. What goes out must not be
     * longer than the loopback takes; for what comes in the answer is `recv`, with EAGAIN if nothing came.
     */
    public Answer packet(Request.Packet packet) {
        String direction = packet.hook() == Hook.SKB_EGRESS ? "egress" : "ingress";
        String bytes = HexFormat.of().formatHex(packet.bytes().toArray());
        String family = packet.etherType() == ETH_P_IP ? "4" : "6";
        PacketMeta meta = packet.meta();
        return ask(
                new Actor(0, 0),
                "packet %s %s %s %d %d".formatted(direction, family, bytes, meta.mark(), meta.priority()));
    }

    /** Sends one byte over a UDP socket that stays connected, on loopback, from the first such call on. */
    public Answer flow() {
        return ask(new Actor(0, 0), "packet flow");
    }

    private Answer ask(Actor actor, String command) {
        out.println(actor.uid() + " " + actor.gid() + " " + comm(actor) + " " + command);
        return Answer.parse(readLine());
    }

    private String readLine() {
        try {
            return Optional.ofNullable(in.readLine())
                    .orElseThrow(() -> new IllegalStateException("the probe server ended"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        out.close();
        process.destroy();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
