// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.agent;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import jdk.net.ExtendedSocketOptions;

/** A client of the agent on this host. */
public final class AgentClient {
    private static final int CHUNK = 8 << 10;
    private static final int MS = 1000;

    /** The system property that names the provider of channels. */
    private static final String PROVIDER = "java.nio.channels.spi.SelectorProvider";

    private AgentClient() {}

    /**
     * Runs a command in the agent.
     *
     * @param seconds the timeout for the whole call
     * @throws IOException if the agent does not answer in time, belongs to another user, or refuses
     *     the request. The command may have run, or may still be running.
     */
    public static Reply call(Path socket, Request request, int seconds) throws IOException {
        byte[] line = Line.of(request);
        if (line.length > Line.MAX_REQUEST_BYTES) {
            throw new ProtocolException("the request is longer than " + Line.MAX_REQUEST_BYTES + " bytes");
        }
        if (System.getProperty(PROVIDER) == null) {
            // The default of the JDK on Linux. Without it, every jar is searched for another one.
            System.setProperty(PROVIDER, "sun.nio.ch.EPollSelectorProvider");
        }
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            // Also connecting waits, if the agent has not accepted many connections.
            Limit limit = new Limit(channel, seconds);
            limit.start();
            try {
                channel.connect(UnixDomainSocketAddress.of(socket));
                checkServer(channel);
                write(channel, line);
                return Line.reply(read(channel));
            } catch (AsynchronousCloseException e) {
                throw new IOException("it has not answered within " + seconds + " s", e);
            }
        }
    }

    /** Refuses a server of another user, which could report success without applying a policy. */
    private static void checkServer(SocketChannel channel) throws IOException {
        UserPrincipal user =
                channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
        if (!user.equals(Files.getOwner(Path.of("/proc/self")))) {
            throw new ProtocolException("the user " + user.getName() + " listens there");
        }
    }

    private static void write(SocketChannel channel, byte[] line) throws IOException {
        ByteBuffer out = ByteBuffer.wrap(line);
        try {
            while (out.hasRemaining()) {
                channel.write(out);
            }
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            // The server refused the connection without reading. Its reason can still be read.
            return;
        }
    }

    /** Reads the reply up to the end of the stream, and returns its line without the line feed. */
    private static ByteBuffer read(SocketChannel channel) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
        while (channel.read(chunk) >= 0) {
            line.write(chunk.array(), 0, chunk.position());
            int last = chunk.position() == 0 ? 0 : chunk.get(chunk.position() - 1);
            if (last == '\n') {
                return ByteBuffer.wrap(line.toByteArray(), 0, line.size() - 1);
            }
            if (line.size() > Line.MAX_REPLY_BYTES) {
                throw new ProtocolException("its answer is too long");
            }
            chunk.clear();
        }
        throw new ProtocolException("it has closed the connection before its answer");
    }

    /** A timeout: a thread that closes a channel after a time, which ends blocked calls on it. */
    private static final class Limit extends Thread {
        private final SocketChannel channel;
        private final int seconds;

        Limit(SocketChannel channel, int seconds) {
            super("limit");
            this.channel = channel;
            this.seconds = seconds;
            setDaemon(true);
        }

        @Override
        public void run() {
            try {
                Thread.sleep((long) seconds * MS);
                channel.close();
            } catch (InterruptedException | IOException e) {
                // The process ends without waiting for this thread.
                return;
            }
        }
    }
}
