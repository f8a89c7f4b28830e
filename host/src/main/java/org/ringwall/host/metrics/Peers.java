// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.metrics;

import io.netty.channel.Channel;
import io.netty.channel.socket.nio.NioChannelOption;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalInt;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;
import org.ringwall.loader.api.SocketOwner;
import org.ringwall.loader.model.LoaderException;

/**
 * The peers of connections: a user of this host, or the network of another one. A user cannot
 * become another peer, as by another address of 127.0.0.0/8; a host with a network of IPv6
 * addresses (RFC 6177) is one peer.
 */
final class Peers implements AutoCloseable {
    private final Optional<SocketOwner> owners;

    /** Creates a reader for the network namespace of this thread. */
    Peers() {
        this.owners = open();
    }

    private static Optional<SocketOwner> open() {
        try {
            return Optional.of(SocketOwner.open());
        } catch (LoaderException e) {
            // Without sock_diag all users of this host are one peer.
            return Optional.empty();
        }
    }

    /** Returns the peer of a connection, as a key. */
    Object of(Channel channel) {
        if (!(channel.remoteAddress() instanceof InetSocketAddress remote)
                || !(channel.localAddress() instanceof InetSocketAddress local)) {
            UnixDomainPrincipal user =
                    channel.config().getOption(NioChannelOption.of(ExtendedSocketOptions.SO_PEERCRED));
            return user == null ? "unknown" : user.user();
        }
        InetAddress address = remote.getAddress();
        if (address.isLoopbackAddress() || address.equals(local.getAddress())) {
            OptionalInt uid = owners.map(each -> each.uid(remote, local)).orElseGet(OptionalInt::empty);
            return uid.isPresent() ? uid.getAsInt() : "this host";
        }
        return address instanceof Inet6Address
                ? ByteBuffer.wrap(address.getAddress(), 0, Long.BYTES).slice()
                : address;
    }

    @Override
    public void close() {
        owners.ifPresent(SocketOwner::close);
    }
}
