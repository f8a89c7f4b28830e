// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.ringwall.testkit.KernelTest;

/** A test of the users of sockets, which the kernel reports. */
@KernelTest
final class SocketOwnerTest {
    @Test
    void aConnectedSocketBelongsToTheUserOfThisProcess() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                SocketOwner owner = SocketOwner.open()) {
            InetSocketAddress local = (InetSocketAddress) client.getLocalSocketAddress();
            InetSocketAddress remote = (InetSocketAddress) client.getRemoteSocketAddress();
            assertThat(owner.uid(local, remote))
                    .hasValue((Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
            assertThat(owner.uid(new InetSocketAddress("127.0.0.2", local.getPort()), remote))
                    .isEmpty();
        }
    }
}
