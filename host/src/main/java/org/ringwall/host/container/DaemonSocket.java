// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.container;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A connection to a daemon on a Unix socket, with one limit of time for everything that is read
 * from it, and one of size for each answer.
 */
final class DaemonSocket implements Closeable {
    /** What one answer may have in bytes. */
    private static final long LARGEST = 64L << 20;

    private static final long NANOSECONDS_PER_MS = 1_000_000;

    private final Duration patience;
    private final long deadline;
    private final SocketChannel channel;
    private final Selector ready;
    private final SelectionKey key;
    private long size;

    /**
     * Connects.
     *
     * @param patience how long all writes and reads may take together
     * @throws IOException if no process listens, or too many connections wait to be accepted
     */
    DaemonSocket(Path socket, Duration patience) throws IOException {
        this.patience = patience;
        this.deadline = System.nanoTime() + patience.toNanos();
        this.channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            // A blocking connect(2) has no end while a daemon that hangs accepts no connections.
            channel.configureBlocking(false);
            if (!channel.connect(UnixDomainSocketAddress.of(socket))) {
                throw new IOException("it accepts no connections");
            }
            this.ready = Selector.open();
            this.key = channel.register(ready, SelectionKey.OP_READ);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Writes all bytes. */
    void write(byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            if (channel.write(buffer) == 0) {
                await(SelectionKey.OP_WRITE);
            }
        }
    }

    /**
     * Reads what there is, at least one byte; returns the number of bytes, or -1 at the end of the
     * connection.
     */
    int read(ByteBuffer buffer) throws IOException {
        while (true) {
            int count = channel.read(buffer);
            if (count != 0 && System.nanoTime() >= deadline) {
                throw late();
            }
            if (count != 0) {
                size += count;
                if (size > LARGEST) {
                    throw new IOException("its answer is longer than " + (LARGEST >> 20) + " MiB");
                }
                return count;
            }
            await(SelectionKey.OP_READ);
        }
    }

    /** Reads exactly this many bytes. */
    byte[] exactly(int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        while (buffer.hasRemaining()) {
            if (read(buffer) < 0) {
                throw new EOFException("it closed the connection");
            }
        }
        return buffer.array();
    }

    private IOException late() {
        return new IOException("it has not answered for " + patience.toSeconds() + " s");
    }

    /** Ends an answer: the limit of size is that of the next one from here on. */
    void nextAnswer() {
        size = 0;
    }

    private void await(int operation) throws IOException {
        key.interestOps(operation);
        long left = (deadline - System.nanoTime()) / NANOSECONDS_PER_MS;
        if (left <= 0 || ready.select(left) == 0 && System.nanoTime() >= deadline) {
            throw late();
        }
        ready.selectedKeys().clear();
    }

    @Override
    public void close() throws IOException {
        ready.close();
        channel.close();
    }
}
