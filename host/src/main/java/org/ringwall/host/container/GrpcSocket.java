// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.container;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;

/**
 * A client of gRPC on a Unix socket. It makes one call after another, each with one request and any
 * number of replies, and has no more of HTTP/2 (RFC 9113) and HPACK (RFC 7541) than that needs.
 */
final class GrpcSocket implements Closeable {
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int FRAME_HEAD = 9;

    /** The size of a flag for compression and the length of a message. */
    private static final int MESSAGE_HEAD = 1 + Integer.BYTES;

    /** The largest frame that a peer may send, as long as no setting allows another size. */
    private static final int LARGEST_FRAME = 1 << 14;

    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PUSH_PROMISE = 5;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int WINDOW_UPDATE = 8;
    private static final int CONTINUATION = 9;

    private static final int ACK = 1;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int PADDED = 8;
    private static final int PRIORITY = 0x20;
    private static final int PRIORITY_SIZE = 5;

    private static final int HEADER_TABLE_SIZE = 1;
    private static final int ENABLE_PUSH = 2;
    private static final int INITIAL_WINDOW_SIZE = 4;
    private static final int SETTINGS_SIZE = 3 * (Short.BYTES + Integer.BYTES);
    private static final int LARGEST_WINDOW = Integer.MAX_VALUE;
    private static final int DEFAULT_WINDOW = 65_535;

    /** Entries of HPACK's static table: `:method: POST`, `:scheme: http`, and names. */
    private static final int METHOD_POST = 0x83;

    private static final int SCHEME_HTTP = 0x86;
    private static final int AUTHORITY = 1;
    private static final int PATH = 4;
    private static final int NEW_NAME = 0;

    /** The longest text whose length is one byte in HPACK. */
    private static final int LONGEST = 126;

    /**
     * The two forms of the name `grpc-status` in HPACK, each with its length, and Huffman-coded in
     * the second one.
     */
    private static final byte[][] STATUS = {
        {11, 'g', 'r', 'p', 'c', '-', 's', 't', 'a', 't', 'u', 's'},
        {(byte) 0x88, (byte) 0x9a, (byte) 0xca, (byte) 0xc8, (byte) 0xb2, 0x12, 0x34, (byte) 0xda, (byte) 0x8f}
    };

    /** The value `0`, for which Huffman coding saves nothing. */
    private static final byte[] OK = {1, '0'};

    /** A receiver of replies. */
    interface Replies {
        void accept(byte[] message) throws IOException;
    }

    private final DaemonSocket socket;
    private int stream = -1;

    /**
     * Connects.
     *
     * @param patience how long all calls may take together
     * @throws IOException if no process listens
     */
    GrpcSocket(Path path, Duration patience) throws IOException {
        this.socket = new DaemonSocket(path, patience);
        try {
            // No room is kept for headers of earlier calls, and no reply waits for a window.
            ByteBuffer settings = ByteBuffer.allocate(SETTINGS_SIZE)
                    .putShort((short) HEADER_TABLE_SIZE)
                    .putInt(0)
                    .putShort((short) ENABLE_PUSH)
                    .putInt(0)
                    .putShort((short) INITIAL_WINDOW_SIZE)
                    .putInt(LARGEST_WINDOW);
            socket.write(PREFACE);
            frame(SETTINGS, 0, 0, settings.array());
            frame(
                    WINDOW_UPDATE,
                    0,
                    0,
                    ByteBuffer.allocate(Integer.BYTES)
                            .putInt(LARGEST_WINDOW - DEFAULT_WINDOW)
                            .array());
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * Calls a method.
     *
     * @param path as in `/package.Service/Method`; at most 126 characters
     * @param headers of the request, in lower case; texts of at most 126 characters
     * @throws IOException if the call fails, or an answer is not gRPC
     */
    void call(String path, Map<String, String> headers, byte[] request, Replies replies) throws IOException {
        stream += 2;
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.write(METHOD_POST);
        block.write(SCHEME_HTTP);
        block.write(PATH);
        text(block, path);
        block.write(AUTHORITY);
        text(block, "localhost");
        header(block, "content-type", "application/grpc");
        header(block, "te", "trailers");
        for (Map.Entry<String, String> each : headers.entrySet()) {
            header(block, each.getKey(), each.getValue());
        }
        frame(HEADERS, END_HEADERS, stream, block.toByteArray());
        byte[] message = ByteBuffer.allocate(1 + Integer.BYTES + request.length)
                .put((byte) 0)
                .putInt(request.length)
                .put(request)
                .array();
        frame(DATA, END_STREAM, stream, message);
        replies(replies);
    }

    private static void header(ByteArrayOutputStream block, String name, String value) throws IOException {
        block.write(NEW_NAME);
        text(block, name);
        text(block, value);
    }

    private static void text(ByteArrayOutputStream block, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > LONGEST) {
            throw new IOException("`" + text + "` is too long for a header");
        }
        block.write(bytes.length);
        block.writeBytes(bytes);
    }

    private void frame(int type, int flags, int of, byte[] payload) throws IOException {
        socket.write(ByteBuffer.allocate(FRAME_HEAD + payload.length)
                .put((byte) (payload.length >> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(of)
                .put(payload)
                .array());
    }

    /** Reads frames up to the end of the stream. */
    private void replies(Replies replies) throws IOException {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        ByteArrayOutputStream trailers = new ByteArrayOutputStream();
        long complete = MESSAGE_HEAD;
        boolean ended = false;
        boolean headers = false;
        while (!ended || headers) {
            ByteBuffer head = ByteBuffer.wrap(socket.exactly(FRAME_HEAD));
            int size = Byte.toUnsignedInt(head.get()) << 16 | Short.toUnsignedInt(head.getShort());
            int type = Byte.toUnsignedInt(head.get());
            int flags = Byte.toUnsignedInt(head.get());
            int of = head.getInt() & Integer.MAX_VALUE;
            if (size > LARGEST_FRAME) {
                throw new IOException("its answer is not HTTP/2");
            }
            byte[] payload = socket.exactly(size);
            boolean ours = of == stream;
            switch (type) {
                case DATA -> {
                    if (ours) {
                        data.writeBytes(content(payload, flags & PADDED));
                        if (data.size() >= complete) {
                            complete = deliver(data, replies);
                            socket.nextAnswer();
                        }
                        ended |= (flags & END_STREAM) != 0;
                    }
                }
                case HEADERS, CONTINUATION -> {
                    if (type == HEADERS) {
                        trailers.reset();
                        ended |= ours && (flags & END_STREAM) != 0;
                    }
                    trailers.writeBytes(type == HEADERS ? content(payload, flags & (PADDED | PRIORITY)) : payload);
                    headers = (flags & END_HEADERS) == 0;
                }
                case SETTINGS, PING -> {
                    if ((flags & ACK) == 0) {
                        frame(type, ACK, 0, type == PING ? payload : new byte[0]);
                    }
                }
                case RST_STREAM, GOAWAY, PUSH_PROMISE -> throw new IOException("it ended the call");
                default -> {
                    // WINDOW_UPDATE: no request is large. PRIORITY, and types of extensions.
                }
            }
        }
        if (data.size() != 0 || !succeeded(trailers.toByteArray())) {
            throw new IOException("it refused the call");
        }
    }

    /** Returns the content of a frame without padding and priority. */
    private static byte[] content(byte[] payload, int flags) throws IOException {
        int from = (flags & PADDED) != 0 ? 1 : 0;
        int to = payload.length - (from == 1 && payload.length > 0 ? Byte.toUnsignedInt(payload[0]) : 0);
        from += (flags & PRIORITY) != 0 ? PRIORITY_SIZE : 0;
        if (from > to) {
            throw new IOException("its answer is not HTTP/2");
        }
        return Arrays.copyOfRange(payload, from, to);
    }

    /**
     * Passes on the complete messages, and leaves the beginning of the next one. Returns how many
     * bytes it must have until one more is complete, or its length is known.
     */
    private static long deliver(ByteArrayOutputStream data, Replies replies) throws IOException {
        ByteBuffer read = ByteBuffer.wrap(data.toByteArray());
        long complete = MESSAGE_HEAD;
        while (read.remaining() >= MESSAGE_HEAD) {
            int start = read.position();
            boolean packed = read.get() != 0;
            int size = read.getInt();
            if (packed || size < 0) {
                throw new IOException("its answer is not gRPC");
            }
            if (size > read.remaining()) {
                read.position(start);
                complete = (long) MESSAGE_HEAD + size;
                break;
            }
            byte[] message = new byte[size];
            read.get(message);
            replies.accept(message);
        }
        data.reset();
        data.write(read.array(), read.position(), read.remaining());
        return complete;
    }

    private static boolean succeeded(byte[] trailers) {
        for (byte[] name : STATUS) {
            int last = trailers.length - name.length - OK.length;
            for (int at = 0; at <= last; at++) {
                int value = at + name.length;
                if (Arrays.equals(trailers, at, value, name, 0, name.length)
                        && Arrays.equals(trailers, value, value + OK.length, OK, 0, OK.length)) {
                    return true;
                }
            }
        }
        return false;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
