// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.api;

import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.util.OptionalInt;
import org.ringwall.loader.model.LoaderException;
import org.ringwall.loader.sockets.DiagMessages;
import org.ringwall.sys.Host;
import org.ringwall.sys.NetlinkSocket;
import org.ringwall.sys.SyscallException;
import org.ringwall.sys.Syscalls;

/**
 * A query for the users of TCP sockets in the network namespace in which it was opened, by
 * sock_diag(7). No privilege is needed.
 */
public final class SocketOwner implements AutoCloseable {
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int IPPROTO_TCP = 6;

    private final NetlinkSocket link;

    private SocketOwner(NetlinkSocket link) {
        this.link = link;
    }

    /**
     * Opens a query.
     *
     * @throws LoaderException if the kernel has no sock_diag, or the native library cannot be
     *     loaded
     */
    public static SocketOwner open() {
        return Loader.translating(() -> {
            try (Host host = new Host(Syscalls.ofThisMachine())) {
                return new SocketOwner(host.openDiagnostics());
            }
        });
    }

    /**
     * Returns the uid of the user who created a TCP socket, in the user namespace of this process;
     * empty if there is no such socket in this network namespace, or the kernel does not say.
     *
     * @param local the socket's own address
     * @param remote the address to which it is connected, of the same family
     */
    public OptionalInt uid(InetSocketAddress local, InetSocketAddress remote) {
        int family = local.getAddress() instanceof Inet4Address ? AF_INET : AF_INET6;
        try {
            link.send(DiagMessages.query(new DiagMessages.Kind(family, IPPROTO_TCP), local, remote));
            return DiagMessages.uid(link.receive());
        } catch (SyscallException e) {
            return OptionalInt.empty();
        }
    }

    @Override
    public void close() {
        link.close();
    }
}
