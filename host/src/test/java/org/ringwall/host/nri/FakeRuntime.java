// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.nri;

import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.ringwall.host.protobuf.WireWriter;

/** The runtime's side of NRI: a socket, and connections on which a test writes what it likes. */
final class FakeRuntime implements Closeable {
    private final Path socket;
    private final ServerSocketChannel server;

    FakeRuntime(Path socket) throws IOException {
        this.socket = socket;
        Files.deleteIfExists(socket);
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
    }

    Side accept() throws IOException {
        return new Side(server.accept());
    }

    /** Accepts a plugin, lets it register, configures it and sends it a list of containers. */
    Side acceptWith(byte[]... containers) throws IOException {
        Side side = accept();
        side.register();
        side.call("Configure", new WireWriter().text(2, "fake").text(3, "1").message());
        WireWriter list = new WireWriter();
        for (byte[] container : containers) {
            list.bytes(2, container);
        }
        side.call("Synchronize", list.message());
        return side;
    }

    @Override
    public void close() throws IOException {
        server.close();
        Files.deleteIfExists(socket);
    }

    static byte[] container(String id, int state, Map<String, String> annotations) {
        WireWriter message =
                new WireWriter().text(1, id).text(2, "p1").text(3, "app").number(4, state);
        annotations.forEach((key, value) ->
                message.bytes(6, new WireWriter().text(1, key).text(2, value).message()));
        return message.message();
    }

    static byte[] event(int number, byte[] container) {
        return new WireWriter().number(1, number).bytes(3, container).message();
    }

    /** One connection. */
    static final class Side implements Closeable {
        final SocketChannel channel;
        private final MultiplexedSocket socket;
        private int stream = 1;

        private Side(SocketChannel channel) {
            this.channel = channel;
            this.socket = new MultiplexedSocket(channel);
        }

        TtrpcMessage read() throws IOException {
            return socket.read();
        }

        void write(TtrpcMessage frame) throws IOException {
            socket.write(frame);
        }

        void raw(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }

        void register() throws IOException {
            TtrpcMessage request = read();
            write(new TtrpcMessage(TtrpcMessage.RUNTIME, request.stream(), TtrpcMessage.RESPONSE, new byte[0]));
        }

        void send(String method, byte[] payload, long timeoutNs) throws IOException {
            byte[] data = new WireWriter()
                    .text(1, "nri.pkg.api.v1alpha1.Plugin")
                    .text(2, method)
                    .bytes(3, payload)
                    .number(4, timeoutNs)
                    .message();
            write(new TtrpcMessage(TtrpcMessage.PLUGIN, stream, TtrpcMessage.REQUEST, data));
            stream += 2;
        }

        /** Calls the plugin and returns its answer: ttrpc's message {@code Response}. */
        byte[] call(String method, byte[] payload) throws IOException {
            return call(method, payload, 2_000_000_000L);
        }

        byte[] call(String method, byte[] payload, long timeoutNs) throws IOException {
            send(method, payload, timeoutNs);
            TtrpcMessage answer = read();
            if (answer.connection() != TtrpcMessage.PLUGIN || answer.stream() != stream - 2) {
                throw new IOException("an answer to another call: " + answer);
            }
            return answer.data();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
