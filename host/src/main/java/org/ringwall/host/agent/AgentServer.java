// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.agent;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import jdk.net.ExtendedSocketOptions;

/**
 * The server of the agent. It accepts one request per connection, and only from processes of its
 * own user. The length of a line, the number of connections and the time to send or receive a line
 * are limited. A protocol error ends only its own connection.
 */
public final class AgentServer implements AutoCloseable {
    /** The maximum number of concurrent connections; further ones are refused at once. */
    static final int MAX_CONNECTIONS = 64;

    /** The maximum number of concurrent commands. More would only wait for the same locks. */
    private static final int MAX_COMMANDS = 4;

    /** The time limit in s to receive a line, to send one, and to wait for a free command slot. */
    static final int TIMEOUT_S = 5;

    private static final int CHUNK = 8 << 10;
    private static final int IDLE_SECONDS = 10;
    private static final int PAUSE_MS = 100;
    private static final long STACK_BYTES = 512 << 10;

    private final Handler handler;
    private final Path path;
    private final UserPrincipal user;
    private final ServerSocketChannel channel;
    private final ThreadPoolExecutor workers;
    private final ScheduledThreadPoolExecutor clock;
    private final Semaphore turns = new Semaphore(MAX_COMMANDS, true);

    /** The executor of requests. */
    @FunctionalInterface
    public interface Handler {
        /**
         * Executes a request.
         *
         * @throws ProtocolException if its command does not run in the agent
         */
        Reply run(Request request) throws ProtocolException;
    }

    private AgentServer(Handler handler, Path path, UserPrincipal user, ServerSocketChannel channel) {
        ThreadFactory daemons = task -> {
            Thread thread = new Thread(null, task, "agent", STACK_BYTES);
            thread.setDaemon(true);
            return thread;
        };
        this.handler = handler;
        this.path = path;
        this.user = user;
        this.channel = channel;
        this.workers = new ThreadPoolExecutor(
                1, MAX_CONNECTIONS, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), daemons);
        this.clock = new ScheduledThreadPoolExecutor(1, daemons);
        // Timeouts that were cancelled must not stay in the queue until they expire.
        clock.setRemoveOnCancelPolicy(true);
    }

    /**
     * Listens on a socket for the user of this process only. The folder of the socket is created if
     * it is missing.
     *
     * @throws IOException if another process listens there, or other users can enter the folder
     */
    public static AgentServer listen(Path path, Handler handler) throws IOException {
        UserPrincipal user = Files.getOwner(Path.of("/proc/self"));
        Path folder = path.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IOException("it is a directory");
        }
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectory(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        checkFolder(folder, user);
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(path);
        removeStale(path, address);
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.bind(address, MAX_CONNECTIONS);
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
            return new AgentServer(handler, path, user, channel);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static void checkFolder(Path folder, UserPrincipal user) throws IOException {
        Map<String, Object> found =
                Files.readAttributes(folder, "posix:owner,permissions,isDirectory", LinkOption.NOFOLLOW_LINKS);
        boolean own = Boolean.TRUE.equals(found.get("isDirectory"))
                && user.equals(found.get("owner"))
                && PosixFilePermissions.fromString("rwx------").equals(found.get("permissions"));
        if (!own) {
            throw new IOException("`" + folder + "` is not a directory of " + user.getName() + " with the mode 0700");
        }
    }

    /** Removes a socket on which no process listens any more. */
    private static void removeStale(Path path, UnixDomainSocketAddress address) throws IOException {
        Map<String, Object> found;
        try {
            found = Files.readAttributes(path, "posix:isOther", LinkOption.NOFOLLOW_LINKS);
        } catch (java.nio.file.NoSuchFileException e) {
            return;
        }
        if (!Boolean.TRUE.equals(found.get("isOther"))) {
            throw new IOException("there is a file that is not a socket");
        }
        try (SocketChannel other = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            other.configureBlocking(false);
            other.connect(address);
        } catch (IOException e) {
            if (!String.valueOf(e.getMessage()).contains("refused")) {
                throw new IOException("another agent listens there", e);
            }
            Files.delete(path);
            return;
        }
        throw new IOException("another agent listens there");
    }

    /** Serves requests until this is closed. */
    public void run() {
        while (channel.isOpen()) {
            try {
                SocketChannel client = channel.accept();
                try {
                    workers.execute(() -> serve(client));
                } catch (RejectedExecutionException | OutOfMemoryError e) {
                    // No thread is free, or none can be created.
                    refuse(client);
                }
            } catch (IOException e) {
                // Such as too many open descriptors, some of which are closed soon.
                pause();
            }
        }
    }

    private static void refuse(SocketChannel client) throws IOException {
        try (client) {
            client.configureBlocking(false);
            client.write(ByteBuffer.wrap(Line.refusal("it serves " + MAX_CONNECTIONS + " connections already")));
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
        try (client) {
            if (!user.equals(client.getOption(ExtendedSocketOptions.SO_PEERCRED).user())) {
                return;
            }
            byte[] answer = answer(client);
            if (answer.length > 0) {
                within(client, () -> write(client, answer));
            }
        } catch (IOException | RejectedExecutionException e) {
            // The client has disconnected or was too slow, or the server was closed.
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Executes a request. Returns the reply line; empty if the client has disconnected. */
    private byte[] answer(SocketChannel client) throws IOException, InterruptedException {
        try {
            ByteBuffer line = within(client, () -> read(client));
            Request request = Line.request(line);
            if (!turns.tryAcquire(TIMEOUT_S, TimeUnit.SECONDS)) {
                return Line.refusal("it is busy");
            }
            try {
                // A client that has disconnected may have run the command itself.
                return isWaiting(client) ? Line.of(handler.run(request)) : new byte[0];
            } finally {
                turns.release();
            }
        } catch (ProtocolException e) {
            return Line.refusal(String.valueOf(e.getMessage()));
        } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
            return Line.refusal("it has failed: " + e);
        }
    }

    /** Returns whether the client is connected and has sent nothing after its line. */
    private static boolean isWaiting(SocketChannel client) throws IOException {
        client.configureBlocking(false);
        int more = client.read(ByteBuffer.allocate(1));
        client.configureBlocking(true);
        if (more > 0) {
            throw new ProtocolException("a connection has one request");
        }
        return more == 0;
    }

    private static ByteBuffer read(SocketChannel client) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
        while (client.read(chunk) >= 0) {
            for (int i = 0; i < chunk.position(); i++) {
                if (chunk.get(i) == '\n') {
                    if (i + 1 < chunk.position()) {
                        throw new ProtocolException("a connection has one request");
                    }
                    line.write(chunk.array(), 0, i);
                    return ByteBuffer.wrap(line.toByteArray());
                }
            }
            line.write(chunk.array(), 0, chunk.position());
            if (line.size() > Line.MAX_REQUEST_BYTES) {
                throw new ProtocolException("the request is longer than " + Line.MAX_REQUEST_BYTES + " bytes");
            }
            chunk.clear();
        }
        throw new IOException("the client has gone");
    }

    private static boolean write(SocketChannel client, byte[] line) throws IOException {
        ByteBuffer out = ByteBuffer.wrap(line);
        while (out.hasRemaining()) {
            client.write(out);
        }
        return true;
    }

    /** An exchange with a client. */
    private interface Exchange<T> {
        T run() throws IOException;
    }

    /** Runs an exchange with a timeout, which closes the client's channel. */
    private <T> T within(SocketChannel client, Exchange<T> exchange) throws IOException {
        ScheduledFuture<?> limit = clock.schedule(
                () -> {
                    client.close();
                    return true;
                },
                TIMEOUT_S,
                TimeUnit.SECONDS);
        try {
            return exchange.run();
        } finally {
            limit.cancel(false);
        }
    }

    /** Ends {@link #run}, from any thread, and waits some seconds for running commands. */
    @Override
    public void close() throws IOException {
        if (channel.isOpen()) {
            Files.deleteIfExists(path);
            channel.close();
        }
        workers.shutdown();
        try {
            workers.awaitTermination(TIMEOUT_S, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        clock.shutdownNow();
    }
}
