// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.PolicyObjects;
import org.ringwall.conformance.kernel.TypedCommands;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Scripts;

/** Exported counters by cgroup: one that is created again has lines of its own, and its name. */
@KernelTest
class ExportedCgroupsKernelTest {
    private static final String POLICY = """
            policy billed
            counter calls [cgroup, remote.ip] { calls: attempts } max 100
            egress { default allow { count calls } }
            """;

    private static final String CONNECTS = """
            import socket, sys
            for i in range(int(sys.argv[1])):
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.1', 5))
                socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).connect(('::ffff:127.0.0.1', 5))
            """;

    private static final Pattern LINE =
            Pattern.compile("\"export\":(\\d+),.*\"cgroup\":(\\d+),\"path\":\"([^\"]+)\",\"name\":\"([^\"]+)\","
                    + "\"values\":\\{\"calls\":(\\d+)},\"changes\":\\{\"calls\":(\\d+)}}");

    @TempDir
    private Path dir = Path.of("");

    private final ChildCgroup top = ChildCgroup.make();
    private final TypedCommands commands = new TypedCommands();

    @AfterEach
    void clean() {
        commands.remove("billed@main");
        top.close();
    }

    private void connects(Path cgroup, int times) throws IOException {
        Files.createDirectories(cgroup);
        Scripts.run(dir, cgroup, Set.of(), CONNECTS, times).succeeded();
    }

    private List<MatchResult> export() {
        return commands
                .done(
                        "counters",
                        "billed",
                        "--json",
                        "--since",
                        dir.resolve("state").toString())
                .stream()
                .map(line -> LINE.matcher(line))
                .peek(line -> assertThat(line.find()).isTrue())
                .map(line -> line.toMatchResult())
                .toList();
    }

    private static List<String> shown(List<MatchResult> lines) {
        return lines.stream()
                .map(line -> line.group(4) + " " + line.group(5) + " +" + line.group(6))
                .toList();
    }

    @Test
    void aRecreatedCgroupHasSeparateLines() throws IOException {
        Path object = dir.resolve("billed.o");
        Files.write(object, PolicyObjects.elf("billed.wall", POLICY));
        commands.done("apply", object.toString(), "--cgroup", top.path().toString());
        Path service = top.path().resolve("web.service");
        connects(service, 3);
        List<MatchResult> first = export();
        // The kernel counts by IPv4 and by IPv6 in two maps, which have one line for a key.
        assertThat(shown(first)).containsExactly("web.service 6 +6");
        assertThat(first.get(0).group(3)).isEqualTo(service.toString());
        connects(service, 1);
        Files.delete(service);
        connects(service, 2);
        List<MatchResult> second = export();
        assertThat(shown(second)).containsExactlyInAnyOrder("web.service 8 +2", "web.service 4 +4");
        assertThat(second.stream().map(line -> line.group(2)).distinct()).hasSize(2);
        long sum = java.util.stream.Stream.concat(first.stream(), second.stream())
                .filter(line -> line.group(4).equals("web.service"))
                .mapToLong(line -> Long.parseLong(line.group(6)))
                .sum();
        assertThat(sum).isEqualTo(12);
        Files.delete(service);
        assertThat(shown(export())).containsExactlyInAnyOrder("web.service 8 +0", "web.service 4 +0");
    }
}
