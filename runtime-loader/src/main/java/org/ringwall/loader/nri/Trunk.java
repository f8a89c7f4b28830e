// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.nri;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Map;

/**
 * The socket between a runtime and a plugin. It carries two connections as frames, each with a
 * header of 8 bytes (number of the connection, length) before a part of the connection's bytes.
 * The bytes of a connection are messages of ttrpc, each with a header of 10 bytes (length, stream,
 * type, flags). All numbers are big-endian.
 *
 * <p>One thread reads. Any thread may write.
 */
final class Trunk implements AutoCloseable {
    private static final int OUTER_HEADER = 8;
    private static final int INNER_HEADER = 10;
    private static final int INNER_LARGEST = INNER_HEADER + Frame.LARGEST;

    /**
     * The largest part that is written at once, in bytes. NRI's reader takes a part whole, into a
     * buffer of this size.
     */
    private static final int PART = 4096;

    private final ByteChannel channel;
    private final Map<Integer, Incoming> incoming = Map.of(Frame.PLUGIN, new Incoming(), Frame.RUNTIME, new Incoming());

    Trunk(ByteChannel channel) {
        this.channel = channel;
    }

    /** Connects to the socket of a runtime. */
    static Trunk connect(Path socket) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            return new Trunk(channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Returns the next message of any connection; blocks until there is one.
     *
     * @throws EOFException if the other side has closed the socket
     * @throws ProtocolException if its bytes are no messages; then the socket is of no more use
     */
    Frame read() throws IOException {
        while (true) {
            for (Map.Entry<Integer, Incoming> connection : incoming.entrySet()) {
                if (connection.getValue().complete()) {
                    return connection.getValue().message(connection.getKey());
                }
            }
            readPart();
        }
    }

    private void readPart() throws IOException {
        ByteBuffer header = full(ByteBuffer.allocate(OUTER_HEADER)).flip();
        int connection = header.getInt();
        int length = header.getInt();
        if (length < 0 || length > INNER_LARGEST) {
            throw tooLong("frame", length, INNER_LARGEST);
        }
        Incoming bytes = incoming.get(connection);
        if (bytes == null) {
            throw new ProtocolException("there is no connection " + Integer.toUnsignedString(connection));
        }
        full(bytes.room(length));
    }

    private ByteBuffer full(ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException("the runtime closed the connection");
            }
        }
        return buffer;
    }

    private static ProtocolException tooLong(String what, int length, int largest) {
        return new ProtocolException(
                "a " + what + " has " + Integer.toUnsignedString(length) + " bytes, more than " + largest);
    }

    /** The bytes of a connection that belong to no message yet. */
    private static final class Incoming {
        private ByteBuffer bytes = ByteBuffer.allocate(PART).flip();

        /** Returns a buffer over the next bytes, which the caller fills. */
        ByteBuffer room(int length) {
            int end = bytes.limit();
            if (bytes.capacity() - end < length) {
                // Doubled, so that a message in many small parts is copied only a few times.
                int kept = bytes.remaining();
                bytes = ByteBuffer.allocate(Math.max(2 * kept, kept + length))
                        .put(bytes)
                        .flip();
                end = kept;
            }
            bytes.limit(end + length);
            return bytes.slice(end, length);
        }

        boolean complete() throws ProtocolException {
            if (bytes.remaining() < INNER_HEADER) {
                return false;
            }
            int length = bytes.getInt(bytes.position());
            if (length < 0 || length > Frame.LARGEST) {
                throw tooLong("message", length, Frame.LARGEST);
            }
            return bytes.remaining() >= INNER_HEADER + length;
        }

        Frame message(int connection) {
            byte[] data = new byte[bytes.getInt()];
            int stream = bytes.getInt();
            int kind = bytes.get();
            // No flag changes the meaning of the messages of NRI.
            bytes.get();
            bytes.get(data);
            if (!bytes.hasRemaining()) {
                bytes = ByteBuffer.allocate(PART).flip();
            }
            return new Frame(connection, stream, kind, data);
        }
    }

    /** Writes a message. */
    void write(Frame frame) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(INNER_HEADER + frame.data().length);
        bytes.putInt(frame.data().length).putInt(frame.stream()).put((byte) frame.kind());
        bytes.put((byte) 0).put(frame.data()).flip();
        synchronized (this) {
            while (bytes.hasRemaining()) {
                int size = Math.min(PART, bytes.remaining());
                ByteBuffer part = ByteBuffer.allocate(OUTER_HEADER + size);
                part.putInt(frame.connection()).putInt(size);
                part.put(bytes.slice(bytes.position(), size)).flip();
                bytes.position(bytes.position() + size);
                while (part.hasRemaining()) {
                    channel.write(part);
                }
            }
        }
    }

    /** Closes the socket; a thread that reads gets an exception. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // Its descriptor is released nevertheless.
            return;
        }
    }
}
