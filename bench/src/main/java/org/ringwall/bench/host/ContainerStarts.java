// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.host;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.ringwall.bench.Owned;
import org.ringwall.bench.Usage;
import org.ringwall.conformance.kernel.ChildCgroup;

/**
 * Starts of containers by an agent that also runs `sync` and serves metrics. A container is a
 * process in a cgroup of its own, and the call of the hook that a runtime would make.
 */
final class ContainerStarts implements AutoCloseable {
    /** The containers of one round. The kernel counts CPU time of a process in steps of 10 ms. */
    private static final int STARTS = 10;

    private static final int READ_BYTES = 1 << 16;
    private static final int PAUSE_MS = 20;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Ringwall ringwall;
    private final String policy;
    private final Path folder;
    private final Path socket;
    private final Path metrics;
    private final Process agent;

    /** Starts an agent with its files in a folder, and waits until it serves. */
    ContainerStarts(Ringwall ringwall, String policy, Path folder) throws IOException {
        this.ringwall = ringwall;
        this.policy = policy;
        this.folder = folder;
        Path own = Files.createDirectories(
                folder.resolve("agent"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        this.socket = own.resolve("agent.sock");
        this.metrics = own.resolve("metrics.sock");
        Files.deleteIfExists(metrics);
        Path declared = Files.createDirectories(folder.resolve("declared"));
        this.agent = new ProcessBuilder(ringwall.words(
                        "agent",
                        "--socket",
                        socket.toString(),
                        "--metrics",
                        "unix:" + metrics,
                        "--sync",
                        "--dir",
                        declared.toString()))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("agent.out").toFile())
                .start();
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!(Files.exists(socket) && Files.exists(metrics))) {
            if (!agent.isAlive() || System.nanoTime() - end > 0) {
                throw new IllegalStateException(
                        "the agent does not serve:\n" + Files.readString(folder.resolve("agent.out")));
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Starts and ends containers below a cgroup. Returns the CPU time of one start, in the client
     * and the agent together, and the peak memory of the agent.
     */
    Usage round(ChildCgroup parent) throws IOException {
        Owned owned = new Owned();
        try {
            List<Path> states = new ArrayList<>();
            for (int i = 0; i < STARTS; i++) {
                ChildCgroup cgroup = owned.add(parent.child());
                Process process = new ProcessBuilder("sleep", "infinity").start();
                owned.add(process::destroyForcibly);
                Files.writeString(cgroup.path().resolve("cgroup.procs"), Long.toString(process.pid()));
                states.add(Files.writeString(
                        folder.resolve("state" + i),
                        "{\"ociVersion\":\"1.0.2\",\"id\":\"bench-%d\",\"status\":\"creating\",\"pid\":%d}"
                                .formatted(i, process.pid())));
            }
            double cpu = -Usage.soFar(agent).cpuMs();
            for (Path state : states) {
                cpu += hook(state).cpuMs();
            }
            cpu += Usage.soFar(agent).cpuMs();
            scrape();
            return new Usage(cpu / STARTS, Usage.soFar(agent).mib());
        } finally {
            owned.close("containers");
            for (int i = 0; i < STARTS; i++) {
                hook(Files.writeString(
                        folder.resolve("state" + i), "{\"id\":\"bench-%d\",\"status\":\"stopped\"}".formatted(i)));
            }
        }
    }

    private Usage hook(Path state) {
        return Usage.of(
                ringwall.words("oci-hook", "--agent", "required", "--socket", socket.toString(), policy), state);
    }

    /** Reads all metrics once. */
    private void scrape() throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(metrics));
            channel.write(ByteBuffer.wrap("GET /metrics HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII)));
            ByteBuffer some = ByteBuffer.allocate(READ_BYTES);
            long read = 0;
            for (int length = channel.read(some); length >= 0; length = channel.read(some.clear())) {
                read += length;
            }
            if (read == 0) {
                throw new IllegalStateException("the agent serves no metrics");
            }
        }
    }

    @Override
    public void close() {
        agent.toHandle().destroy();
        agent.onExit().join();
    }
}
