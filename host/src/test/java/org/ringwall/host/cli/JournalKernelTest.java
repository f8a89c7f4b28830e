// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.sys.Sha256;
import org.ringwall.testkit.KernelTest;

/** The lines that commands leave in the journal. */
@KernelTest
class JournalKernelTest {
    @TempDir
    private Path dir = Path.of("");

    private List<CommandBox> open = List.of();

    private CommandBox box() {
        return open.get(0);
    }

    @BeforeEach
    void start() throws IOException {
        open = List.of(new CommandBox("journal", dir));
    }

    @AfterEach
    void clean() {
        open.forEach(CommandBox::close);
    }

    private String ringwall(int code, Path journal, String... args) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
        int exit = new Ringwall(
                        () -> LoaderHost.ofThisMachine(box().pins),
                        new ByteArrayInputStream(new byte[0]),
                        stream,
                        stream,
                        Optional.of(journal))
                .execute(args);
        String text = said.toString(StandardCharsets.UTF_8);
        assertThat(exit).as(text).isEqualTo(code);
        return text;
    }

    @Test
    void onlyChangesAreJournaled() throws IOException {
        Path journal = dir.resolve("journal");
        String object = box().object;
        Cgroup one = box().cgroup("one");
        ringwall(0, journal, "status");
        ringwall(0, journal, "apply", object, "--cgroup", one.toString(), "--dry-run");
        // Other tests that run now may leave cgroups, whose removal is a change.
        Path recovery = dir.resolve("recovery");
        String recovered = ringwall(0, recovery, "recover");
        assertThat(ringwall(0, recovery, "journal").contains("recovered"))
                .as(recovered)
                .isEqualTo(!recovered.isEmpty());
        ringwall(0, journal, "apply", object, "--cgroup", one.toString());
        ringwall(0, journal, "apply", object, "--param", "port=10");
        ringwall(1, journal, "apply", object, "--param", "port=70000");
        ringwall(0, journal, "apply", object, "--instance", "other", "--cgroup", one.toString());
        ringwall(0, journal, "monitor", "web", "--for", "5m", "--reason", "a look");
        ringwall(0, journal, "enforce", "web");
        ringwall(0, journal, "run", object, "--", "true");
        ringwall(0, journal, "remove", "web");
        ringwall(1, journal, "remove", "web");
        String digest = Sha256.hex(Files.readAllBytes(Path.of(object)));
        List<String> lines = Files.readAllLines(journal);
        assertThat(lines).hasSize(10);
        assertThat(lines.get(0))
                .contains("\"instance\":\"web@main\",\"object\":\"" + digest + "\",\"before\":0,\"generation\":1,"
                        + "\"cgroups\":[\"" + one + "\"],\"result\":\"in force\"}");
        assertThat(lines.get(1)).contains("\"params\":[\"port=10\"],\"before\":1,\"generation\":2");
        assertThat(ringwall(0, journal, "journal", "web").lines().map(line -> line.replaceAll("^\\S+ |; uid.*", "")))
                .containsExactly(
                        "web@main generation 0 -> 1: in force",
                        "web@main generation 1 -> 2: in force",
                        "web@main: refused: `70000` is outside the range of param `port`",
                        "web@main generation 2: monitored",
                        "web@main generation 2: enforced",
                        "web@main: removed",
                        "web@main: refused: there is no `web@main` on this host");
        assertThat(ringwall(0, journal, "journal", "web@other", "--json")).isEqualTo(lines.get(3) + "\n");
        assertThat(lines.get(6)).contains("\"instance\":\"web@run-", "\"result\":\"in force\"");
        assertThat(lines.get(7)).contains("\"instance\":\"web@run-", "\"result\":\"removed\"");
    }

    @Test
    void cgroupsThatJoinAndLeaveAreJournaled() throws IOException {
        Path journal = dir.resolve("members");
        Cgroup one = box().cgroup("one");
        Cgroup two = box().cgroup("two");
        ringwall(0, journal, "apply", box().object, "--cgroup", one.toString());
        ringwall(0, journal, "join", "web", "--cgroup", two.toString());
        ringwall(0, journal, "leave", "web", "--cgroup", two.toString());
        ringwall(1, journal, "leave", "web", "--cgroup", two.toString());
        List<String> lines = Files.readAllLines(journal);
        assertThat(lines).hasSize(4);
        assertThat(lines.get(1)).contains("\"cgroups\":[\"" + two + "\"]", "\"result\":\"joined\"");
        assertThat(lines.get(2)).contains("\"cgroups\":[\"" + two + "\"]", "\"result\":\"left\"");
        assertThat(lines.get(3)).contains("\"result\":\"refused: `web@main` is not in force at `" + two + "`");
    }

    @Test
    void anUnwritableJournalDoesNotAffectTheCommand() {
        Cgroup one = box().cgroup("one");
        assertThat(ringwall(0, dir, "apply", box().object, "--cgroup", one.toString()))
                .contains("ringwall: warning: the journal `" + dir + "` could not be written: ")
                .contains("web@main: in force, generation 1\n");
        assertThat(box().attached(one)).hasSize(2);
    }
}
