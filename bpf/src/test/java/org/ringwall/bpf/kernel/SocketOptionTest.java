// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.kernel.SocketOption.Place;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.ToolTest;

class SocketOptionTest {
    private static final List<String> HEADERS = List.of(
            "linux/mptcp.h",
            "asm-generic/socket.h",
            "linux/in.h",
            "linux/in6.h",
            "linux/netfilter_ipv4.h",
            "linux/tcp.h",
            "linux/udp.h",
            "linux/tls.h",
            "linux/netlink.h",
            "linux/if_packet.h");

    @TempDir
    Path dir;

    @Test
    void identifiesAnOptionByItsLevelAndNumber() {
        assertThat(SocketOption.ofName("SO_MARK").orElseThrow().places()).containsExactly(new Place(1, 36));
        assertThat(SocketOption.ofName("TCP_NODELAY").orElseThrow().places()).containsExactly(new Place(6, 1));
        assertThat(SocketOption.of(0, 2)).contains(SocketOption.IP_TTL);
        assertThat(SocketOption.of(6, 2)).contains(SocketOption.TCP_MAXSEG);
        assertThat(SocketOption.of(1, 4711)).isEmpty();
        assertThat(SocketOption.ofName("so_mark")).isEmpty();
    }

    /** A name includes the other forms of the same option. */
    @Test
    void someNamesIncludeSeveralOptionNumbers() {
        assertThat(SocketOption.SO_RCVTIMEO.places()).containsExactly(new Place(1, 20), new Place(1, 66));
        assertThat(SocketOption.MCAST_JOIN_GROUP.places()).containsExactly(new Place(0, 42), new Place(41, 42));
        assertThat(SocketOption.SO_DETACH_BPF.places()).isEqualTo(SocketOption.SO_DETACH_FILTER.places());
    }

    /** The kernel's headers and the C library use different names; a deny list must cover both. */
    @Test
    void multicastMembershipOptionsHaveTwoNames() {
        assertThat(SocketOption.IPV6_JOIN_GROUP.places()).isEqualTo(SocketOption.IPV6_ADD_MEMBERSHIP.places());
        assertThat(SocketOption.IPV6_LEAVE_GROUP.places()).isEqualTo(SocketOption.IPV6_DROP_MEMBERSHIP.places());
        assertThat(SocketOption.of(41, 20)).contains(SocketOption.IPV6_ADD_MEMBERSHIP);
    }

    @Test
    void namesLevels() {
        assertThat(SocketLevel.ofName("SOL_SOCKET")).contains(SocketLevel.SOCKET);
        assertThat(SocketLevel.ofName("SOL_TCP")).isEqualTo(SocketLevel.ofName("IPPROTO_TCP"));
        assertThat(SocketLevel.of(284)).contains(SocketLevel.MPTCP);
    }

    /**
     * Every name that this machine's headers define has the same number there; a few names are
     * newer than the headers.
     */
    @ToolTest("clang-19")
    @Test
    void numbersMatchTheKernelsHeaders() throws IOException {
        String includes = HEADERS.stream()
                .map(header -> "#if __has_include(<%s>)\n#include <%s>\n#endif\n".formatted(header, header))
                .collect(Collectors.joining());
        Stream<String> levels = Stream.of(SocketLevel.values())
                .flatMap(level -> level.names().stream().map(name -> assertion(name, level.number())));
        Stream<String> options = Stream.of(SocketOption.values())
                .map(option -> assertion(option.name(), option.places().get(0).number()));
        Path source = dir.resolve("options.c");
        Files.writeString(source, includes + Stream.concat(levels, options).collect(Collectors.joining()));
        Command.run(dir, "clang-19", "-fsyntax-only", source.toString()).succeeded();
        String known =
                Command.run(dir, "clang-19", "-E", "-dM", source.toString()).succeeded();
        assertThat(Stream.of(SocketOption.values()).filter(option -> known.contains("#define " + option + " ")))
                .hasSizeGreaterThan(200);
    }

    private static String assertion(String name, int number) {
        return "#ifdef %s\n_Static_assert(%s == %d, \"%s\");\n#endif\n".formatted(name, name, number, name);
    }
}
