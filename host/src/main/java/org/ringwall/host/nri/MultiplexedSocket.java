// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.nri;

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
 * The socket between a runtime and a plugin, which carries two connections (NRI,
 * pkg/net/multiplex). The socket transports frames: a header of 8 bytes (number of the connection,
 * length) and a part of that connection's byte stream. The byte stream consists of ttrpc messages:
 * a header of 10 bytes (length, stream, type, flags) and the data. All numbers are big-endian.
 *
 * <p>One thread reads. Any thread may write.
 */
final class MultiplexedSocket implements AutoCloseable {
    private static final int FRAME_HEADER_BYTES = 8;
    private static final int MESSAGE_HEADER_BYTES = 10;
    private static final int MAX_FRAME_BYTES = MESSAGE_HEADER_BYTES + TtrpcMessage.MAX_DATA_BYTES;

    /**
     * The maximum number of bytes after the header of a frame that is written. NRI reads a frame at
     * once, into a buffer of this size.
     */
    private static final int MAX_PART_BYTES = 4096;

    private final ByteChannel channel;
    private final Map<Integer, Incoming> incoming =
            Map.of(TtrpcMessage.PLUGIN, new Incoming(), TtrpcMessage.RUNTIME, new Incoming());

    MultiplexedSocket(ByteChannel channel) {
        this.channel = channel;
    }

    /** Connects to the socket of a runtime. */
    static MultiplexedSocket connect(Path socket) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            return new MultiplexedSocket(channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Returns the next message of any connection; blocks until there is one.
     *
     * @throws EOFException if the other side has closed the socket
     * @throws ProtocolException if the bytes are not frames of messages; close the socket then
     */
    TtrpcMessage read() throws IOException {
        while (true) {
            for (Map.Entry<Integer, Incoming> connection : incoming.entrySet()) {
                if (connection.getValue().complete()) {
                    return connection.getValue().message(connection.getKey());
                }
            }
            readFrame();
        }
    }

    private void readFrame() throws IOException {
        ByteBuffer header = readFully(ByteBuffer.allocate(FRAME_HEADER_BYTES)).flip();
        int connection = header.getInt();
        int length = header.getInt();
        if (length < 0 || length > MAX_FRAME_BYTES) {
            throw tooLong("frame", length, MAX_FRAME_BYTES);
        }
        Incoming bytes = incoming.get(connection);
        if (bytes == null) {
            throw new ProtocolException("there is no connection " + Integer.toUnsignedString(connection));
        }
        readFully(bytes.extend(length));
    }

    private ByteBuffer readFully(ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException("the runtime closed the connection");
            }
        }
        return buffer;
    }

    private static ProtocolException tooLong(String what, int length, int max) {
        return new ProtocolException(
                "a " + what + " has " + Integer.toUnsignedString(length) + " bytes, more than " + max);
    }

    /** The received bytes of a connection that are not returned as messages yet. */
    private static final class Incoming {
        private ByteBuffer bytes = ByteBuffer.allocate(MAX_PART_BYTES).flip();

        /** Appends this many bytes, and returns a view of them for the caller to fill. */
        ByteBuffer extend(int length) {
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
            if (bytes.remaining() < MESSAGE_HEADER_BYTES) {
                return false;
            }
            int length = bytes.getInt(bytes.position());
            if (length < 0 || length > TtrpcMessage.MAX_DATA_BYTES) {
                throw tooLong("message", length, TtrpcMessage.MAX_DATA_BYTES);
            }
            return bytes.remaining() >= MESSAGE_HEADER_BYTES + length;
        }

        TtrpcMessage message(int connection) {
            byte[] data = new byte[bytes.getInt()];
            int stream = bytes.getInt();
            int type = bytes.get();
            // No flag changes the meaning of the messages of NRI.
            bytes.get();
            bytes.get(data);
            if (!bytes.hasRemaining()) {
                bytes = ByteBuffer.allocate(MAX_PART_BYTES).flip();
            }
            return new TtrpcMessage(connection, stream, type, data);
        }
    }

    /** Writes a message. */
    void write(TtrpcMessage message) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(MESSAGE_HEADER_BYTES + message.data().length);
        bytes.putInt(message.data().length).putInt(message.stream()).put((byte) message.type());
        bytes.put((byte) 0).put(message.data()).flip();
        synchronized (this) {
            while (bytes.hasRemaining()) {
                int size = Math.min(MAX_PART_BYTES, bytes.remaining());
                ByteBuffer part = ByteBuffer.allocate(FRAME_HEADER_BYTES + size);
                part.putInt(message.connection()).putInt(size);
                part.put(bytes.slice(bytes.position(), size)).flip();
                bytes.position(bytes.position() + size);
                while (part.hasRemaining()) {
                    channel.write(part);
                }
            }
        }
    }

    /** Closes the socket. A thread that is blocked in {@link #read} gets an exception. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // close(2) releases the descriptor even if it reports an error.
            return;
        }
    }
}
