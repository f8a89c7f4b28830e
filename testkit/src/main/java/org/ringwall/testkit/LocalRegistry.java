// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Debian's {@code docker-registry} on a loopback port, with its files in a folder of the test. */
public final class LocalRegistry implements AutoCloseable {
    /** The program, for {@link ToolTest}. */
    public static final String PROGRAM = "docker-registry";

    private final Path folder;
    private final int port;
    private final Process process;

    private LocalRegistry(Path folder, int port, Process process) {
        this.folder = folder;
        this.port = port;
        this.process = process;
    }

    /** Starts a registry that anyone can use over plain HTTP. */
    public static LocalRegistry start(Path folder) {
        return start(folder, "", "");
    }

    /**
     * Starts a registry.
     *
     * @param http further settings of its section {@code http}, as {@code , tls: {…}}
     * @param more further sections of its configuration
     */
    public static LocalRegistry start(Path folder, String http, String more) {
        try {
            int port = freePort();
            Path data = Files.createDirectories(folder.resolve("registry"));
            Path configuration = folder.resolve("registry.yml");
            Files.writeString(
                    configuration,
                    "version: 0.1\n"
                            + "log: {level: error, accesslog: {disabled: true}}\n"
                            + "storage: {filesystem: {rootdirectory: "
                            + data + "}}\nhttp: {addr: \"127.0.0.1:" + port + "\"" + http + "}\n" + more);
            ProcessBuilder builder = new ProcessBuilder(PROGRAM, "serve", configuration.toString());
            Process process = builder.redirectErrorStream(true)
                    .redirectOutput(folder.resolve("registry.log").toFile())
                    .start();
            LocalRegistry registry = new LocalRegistry(folder, port, process);
            registry.await();
            return registry;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void await() throws IOException {
        Guard.Moment end = Guard.fromNow();
        while (process.isAlive() && !end.reached()) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return;
            } catch (IOException e) {
                pause();
            }
        }
        close();
        throw new IllegalStateException("no registry: " + Files.readString(folder.resolve("registry.log")));
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Returns the host and the port, as names of artifacts begin. */
    public String address() {
        return "localhost:" + port;
    }

    /** Returns the file with a blob. */
    public Path blob(String digest) {
        String hex = digest.substring(digest.indexOf(':') + 1);
        return folder.resolve("registry/docker/registry/v2/blobs/sha256/" + hex.substring(0, 2) + "/" + hex + "/data");
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
