// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.metrics;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.ringwall.loader.apply.Failure;
import org.ringwall.loader.container.CgroupNames;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.HostException;
import org.ringwall.loader.sys.IoReason;

/**
 * An HTTP server for {@code GET /metrics}, on TCP or a Unix socket. It serves one request per
 * connection.
 */
public final class MetricsServer implements AutoCloseable {
    private static final int WORKERS = 4;
    private static final int WAITING = 64;
    private static final int MAX_REQUEST_BYTES = 16 << 10;
    private static final int SECONDS = 10;
    private static final int PAUSE_MS = 100;

    private final LoaderHost host;
    private final CgroupNames names;
    private final ServerSocketChannel channel;
    private final Optional<Path> path;
    private final ThreadPoolExecutor workers;
    private final ScheduledExecutorService clock;

    private MetricsServer(LoaderHost host, ServerSocketChannel channel, Optional<Path> path) {
        ThreadFactory daemons = task -> {
            Thread thread = new Thread(task, "metrics");
            thread.setDaemon(true);
            return thread;
        };
        this.host = host;
        this.names = CgroupNames.below(host.cgroups().mount().point());
        this.channel = channel;
        this.path = path;
        this.workers = new ThreadPoolExecutor(
                WORKERS, WORKERS, SECONDS, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING), daemons);
        this.clock = Executors.newSingleThreadScheduledExecutor(daemons);
    }

    /**
     * Listens on `unix:PATH` or `ADDRESS:PORT`.
     *
     * @param remote whether addresses that other hosts can reach are allowed
     */
    public static MetricsServer listen(LoaderHost host, String text, boolean remote) {
        ListenAddress address = ListenAddress.parse(text, remote);
        try {
            ServerSocketChannel channel =
                    address.path().isPresent() ? atPath(address, address.path().get()) : atPort(address);
            return new MetricsServer(host, channel, address.path());
        } catch (IOException e) {
            throw new HostException(
                    "cannot listen on `" + text + "`: " + IoReason.of(e),
                    "stop what listens there, or choose another address");
        }
    }

    private static ServerSocketChannel atPort(ListenAddress address) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        return bound(channel, address);
    }

    private static ServerSocketChannel atPath(ListenAddress address, Path path) throws IOException {
        removeStale(address, path);
        ServerSocketChannel channel = bound(ServerSocketChannel.open(StandardProtocolFamily.UNIX), address);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
        return channel;
    }

    private static ServerSocketChannel bound(ServerSocketChannel channel, ListenAddress address) throws IOException {
        try {
            return channel.bind(address.socket());
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Removes a socket on which no process listens any more. */
    private static void removeStale(ListenAddress address, Path path) throws IOException {
        boolean socket = Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                && !Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
                && !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
                && !Files.isSymbolicLink(path);
        if (!socket) {
            return;
        }
        try (SocketChannel other = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            other.connect(address.socket());
        } catch (IOException e) {
            Files.delete(path);
        }
    }

    /** Returns the address on which it listens, in the form of {@link #listen}. */
    public String address() {
        try {
            if (channel.getLocalAddress() instanceof InetSocketAddress tcp) {
                String literal = tcp.getAddress().getHostAddress();
                return (literal.contains(":") ? "[" + literal + "]" : literal) + ":" + tcp.getPort();
            }
            return "unix:" + path.map(Path::toString).orElse("");
        } catch (IOException e) {
            throw new HostException("the socket was closed: " + e.getMessage(), "start it again");
        }
    }

    /** Answers requests until this is closed or the thread is interrupted. */
    public void run() {
        while (channel.isOpen()) {
            try {
                SocketChannel client = channel.accept();
                try {
                    workers.execute(() -> serve(client));
                } catch (RejectedExecutionException e) {
                    client.close();
                }
            } catch (IOException e) {
                // Such as too many open descriptors, some of which are closed soon.
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(SocketChannel client) {
        // A client that sends or reads nothing must not hold a thread.
        ScheduledFuture<?> limit = clock.schedule(
                () -> {
                    client.close();
                    return true;
                },
                SECONDS,
                TimeUnit.SECONDS);
        try (client) {
            ByteBuffer answer = ByteBuffer.wrap(answer(request(client)));
            while (answer.hasRemaining()) {
                client.write(answer);
            }
        } catch (IOException e) {
            // The client has disconnected, or was too slow.
            return;
        } finally {
            limit.cancel(false);
        }
    }

    /** Reads a request up to the end of its headers, or of the stream. */
    private static String request(SocketChannel client) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(MAX_REQUEST_BYTES);
        String text = "";
        while (bytes.hasRemaining() && !text.contains("\r\n\r\n") && client.read(bytes) >= 0) {
            text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.ISO_8859_1);
        }
        return text;
    }

    private byte[] answer(String request) throws IOException {
        int end = request.indexOf("\r\n\r\n");
        String[] lines = request.split("\r\n", -1);
        String[] words = lines[0].split(" ", -1);
        if (end < 0 || words.length != 3 || !words[2].startsWith("HTTP/1.")) {
            return answer("400 Bad Request", "text/plain", text("not an HTTP request\n"), true);
        }
        boolean body = words[0].equals("GET");
        if (!body && !words[0].equals("HEAD")) {
            return answer("405 Method Not Allowed", "text/plain", text("use GET\n"), true);
        }
        if (!words[1].equals("/metrics") && !words[1].startsWith("/metrics?")) {
            return answer("404 Not Found", "text/plain", text("the metrics are at /metrics\n"), body);
        }
        ExpositionFormatWriter format = ExpositionFormats.init().findWriter(accept(lines));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            format.write(out, collect());
        } catch (RuntimeException e) {
            Failure failure = Failure.of(e).orElseThrow(() -> e);
            return answer("503 Service Unavailable", "text/plain", text(failure.message() + "\n"), body);
        }
        return answer("200 OK", format.getContentType(), out.toByteArray(), body);
    }

    private synchronized MetricSnapshots collect() {
        return HostMetrics.collect(host, names);
    }

    private static String accept(String... lines) {
        for (String line : lines) {
            if (line.toLowerCase(Locale.ROOT).startsWith("accept:")) {
                return line.substring("accept:".length()).strip();
            }
        }
        return "";
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] answer(String status, String type, byte[] content, boolean body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(text("HTTP/1.1 " + status + "\r\nContent-Type: " + type + "\r\nContent-Length: " + content.length
                + "\r\nConnection: close\r\n\r\n"));
        if (body) {
            out.writeBytes(content);
        }
        return out.toByteArray();
    }

    @Override
    public void close() {
        try {
            channel.close();
            if (path.isPresent()) {
                Files.deleteIfExists(path.get());
            }
        } catch (IOException e) {
            throw new HostException("the socket could not be closed: " + e.getMessage(), "remove it");
        } finally {
            workers.shutdownNow();
            clock.shutdownNow();
        }
    }
}
