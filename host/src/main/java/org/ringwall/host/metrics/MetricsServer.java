// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.metrics;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.HostException;
import org.ringwall.sys.IoReason;

/** An HTTP server for {@code GET /metrics}, on TCP or a Unix socket. */
public final class MetricsServer implements AutoCloseable {
    private final Listener listener;

    private MetricsServer(Listener listener) {
        this.listener = listener;
    }

    /**
     * Listens on `unix:PATH` or `ADDRESS:PORT`.
     *
     * @param remote whether addresses that other hosts can reach are allowed
     */
    public static MetricsServer listen(LoaderHost host, String text, boolean remote) {
        ListenAddress address = ListenAddress.parse(text, remote);
        try {
            if (address.path().isPresent()) {
                removeStale(address, address.path().get());
            }
            Listener listener = new Listener(host, address);
            try {
                if (address.path().isPresent()) {
                    Files.setPosixFilePermissions(address.path().get(), PosixFilePermissions.fromString("rw-------"));
                }
            } catch (IOException e) {
                listener.close();
                throw e;
            }
            return new MetricsServer(listener);
        } catch (IOException e) {
            throw new HostException(
                    "cannot listen on `" + text + "`: " + IoReason.of(e),
                    "stop what listens there, or choose another address");
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
        return listener.address();
    }

    /** Answers requests until this is closed or the thread is interrupted. */
    public void run() {
        listener.await();
    }

    @Override
    public void close() {
        listener.close();
    }
}
