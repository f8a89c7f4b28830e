// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;

/**
 * Both commands, by their launchers, with an output whose reader has ended, as in `… | head -1`.
 */
@KernelTest
final class ClosedOutputKernelTest {
    private static final Path ROOT = GoldenCase.projectRoot();

    @TempDir
    private Path dir = Path.of("");

    /** Runs a command whose standard output is a pipe without a reader, and returns its errors. */
    private Command closed(String command) {
        return shell("exec 4<>fifo 3>fifo 4>&-; " + command + " >&3 3>&-");
    }

    private Command shell(String script) {
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", script);
        builder.environment().merge("PATH", ROOT.resolve("bin") + ":", (path, bin) -> bin + path);
        builder.environment().put("RINGWALL_JOURNAL", dir.resolve("journal").toString());
        return Command.run(dir, builder);
    }

    @Test
    void commandsEndQuietly() throws IOException {
        Files.writeString(
                dir.resolve("quiet.wall"),
                "policy quiet\ncounter tries [remote.port] { all: attempts } max 100\n"
                        + "egress { when remote.port == 9 { count tries }; default deny }\n"
                        + "test \"all\" { connect tcp 127.0.0.1:9 => deny }\n");
        shell("mkfifo fifo && ringwallc compile quiet.wall -o quiet.o").succeeded();
        try (ChildCgroup cgroup = ChildCgroup.make()) {
            shell("ringwall apply quiet.o --cgroup " + cgroup.path()).succeeded();
            for (String command : List.of(
                    "ringwallc --help",
                    "ringwallc hooks",
                    "ringwallc fields connect4",
                    "ringwallc test quiet.wall",
                    "ringwallc reach quiet.wall",
                    "ringwallc explain quiet.wall",
                    "ringwallc dump quiet.o",
                    "ringwall --help",
                    "ringwall status",
                    "ringwall status --json",
                    "ringwall tree",
                    "ringwall doctor",
                    "ringwall counters quiet",
                    "ringwall counters quiet --csv",
                    "ringwall counters quiet --json",
                    "ringwall journal",
                    "ringwall apply quiet.o")) {
                Command ended = closed(command);
                assertThat(ended.output()).as(command).isEmpty();
                assertThat(ended.status()).as(command).isEqualTo(141);
            }
            assertThat(shell("ringwall status").succeeded()).contains("in force, generation 2");
            for (String command : List.of("ringwallc hooks", "ringwall status")) {
                assertThat(shell(command + " >/dev/full").output())
                        .as(command)
                        .contains("the output could not be written", "help: ");
            }
            assertThat(closed("ringwall status missing").output()).contains("missing");
        } finally {
            shell("ringwall remove quiet");
        }
    }
}
