// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.metrics;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.ringwall.host.container.CgroupNames;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.HostException;
import org.ringwall.sys.IoReason;

/**
 * The channel of the server of metrics and its threads. Netty reads and writes in one thread
 * whatever the number of connections; another one reads the state of the host.
 */
final class Listener implements AutoCloseable {
    private static final String MACHINE = "io.netty.machineId";

    /** How many connections the kernel completes before they are accepted. */
    private static final int BACKLOG = 128;

    /** What is read of a connection at once; a request of Prometheus has some 400 bytes. */
    private static final int READ_BYTES = 2 << 10;

    private static final int SECONDS = 10;

    static {
        // Netty would search all network interfaces for an id that makes those of channels unique
        // in the world, and warn on a host that has only the loopback device.
        if (System.getProperty(MACHINE) == null) {
            System.setProperty(MACHINE, "00:00:00:00:00:00:00:00");
        }
    }

    private final Channel channel;
    private final Optional<Path> path;
    private final EventLoopGroup loop;
    private final ExecutorService reader;
    private final Peers peers;

    /**
     * Listens.
     *
     * @throws IOException if the address cannot be bound
     */
    Listener(LoaderHost host, ListenAddress address) throws IOException {
        ThreadFactory daemons = task -> {
            Thread thread = new Thread(task, "metrics");
            thread.setDaemon(true);
            return thread;
        };
        this.path = address.path();
        this.peers = new Peers();
        this.reader = Executors.newSingleThreadExecutor(daemons);
        this.loop = new MultiThreadIoEventLoopGroup(1, daemons, NioIoHandler.newFactory());
        CgroupNames names = CgroupNames.below(host.cgroups().mount());
        Answers answers = new Answers(() -> HostMetrics.collect(host, names), reader, loop.next());
        Connections connections = new Connections();
        Class<? extends ServerChannel> type =
                path.isPresent() ? NioServerDomainSocketChannel.class : NioServerSocketChannel.class;
        ChannelFuture bound = new ServerBootstrap()
                .group(loop)
                .channel(type)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.ALLOCATOR, UnpooledByteBufAllocator.DEFAULT)
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(READ_BYTES))
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel client) {
                        new Connection(peers, connections, answers).addTo(client.pipeline());
                    }
                })
                .bind(address.socket())
                .awaitUninterruptibly();
        this.channel = bound.channel();
        if (!bound.isSuccess()) {
            end();
            throw bound.cause() instanceof IOException e ? e : new IOException(bound.cause());
        }
    }

    /** Returns the address on which it listens, in the form of {@link ListenAddress#parse}. */
    String address() {
        if (channel.localAddress() instanceof InetSocketAddress tcp) {
            String literal = tcp.getAddress().getHostAddress();
            return (literal.contains(":") ? "[" + literal + "]" : literal) + ":" + tcp.getPort();
        }
        return "unix:" + path.map(Path::toString).orElse("");
    }

    /** Waits until this is closed or the thread is interrupted. */
    void await() {
        try {
            channel.closeFuture().await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void end() {
        loop.shutdownGracefully(0, SECONDS, TimeUnit.SECONDS).awaitUninterruptibly();
        reader.shutdownNow();
        peers.close();
    }

    @Override
    public void close() {
        channel.close().awaitUninterruptibly();
        end();
        try {
            if (path.isPresent()) {
                Files.deleteIfExists(path.get());
            }
        } catch (IOException e) {
            throw new HostException("the socket could not be removed: " + IoReason.of(e), "remove it");
        }
    }
}
