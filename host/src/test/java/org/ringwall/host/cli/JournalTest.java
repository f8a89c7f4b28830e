// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.json.Json;
import org.ringwall.host.cli.status.JournalCommand;
import org.ringwall.host.journal.Changes;
import org.ringwall.host.journal.Journal;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InstanceName;

/** The journal as a file, and the text of its lines. */
class JournalTest {
    private static final InstanceName WEB = InstanceName.parse("web");

    @TempDir
    private Path dir = Path.of("");

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private Changes changes(Path file, String... command) {
        return new Changes(Journal.at(file), List.of(command), new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @Test
    void aJournalThatIsNotKeptIsNotAnEmptyOne() {
        assertThatThrownBy(() -> Journal.none().toRead(Map.of("RINGWALL_JOURNAL", "")))
                .isInstanceOf(HostException.class)
                .hasMessage("no journal is kept: RINGWALL_JOURNAL is empty");
        assertThat(Journal.none()
                        .toRead(Map.of("RINGWALL_JOURNAL", "/dev/null"))
                        .lines())
                .isEmpty();
    }

    @Test
    void createsAPrivateFileAndAppendsLines() throws IOException {
        Path file = dir.resolve("log/ringwall/journal.jsonl");
        changes(file, "apply", "web.o").begin(WEB).generations(0, 1).done("in force");
        changes(file, "remove", "web").begin(WEB).done("removed");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("log/ringwall"))))
                .isEqualTo("rwx------");
        List<String> lines = Journal.at(file).lines();
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0))
                .matches("\\{\"time\":\"[0-9T:.-]+Z\",\"uid\":\\d+.*,\"command\":\"ringwall apply web.o\","
                        + "\"instance\":\"web@main\",\"before\":0,\"generation\":1,\"result\":\"in force\"}");
        assertThat(JournalCommand.text(lines.get(0)))
                .matches("[0-9T:-]+Z web@main generation 0 -> 1: in force; uid \\d+.*: ringwall apply web.o");
        assertThat(JournalCommand.text(lines.get(1)))
                .matches("[0-9T:-]+Z web@main: removed; uid \\d+.*: ringwall remove web");
    }

    /** As logrotate does: the next line goes to a new file of the old name. */
    @Test
    void aRenamedFileIsCreatedAgain() throws IOException {
        Path file = dir.resolve("journal");
        changes(file, "a").begin(WEB).done("1");
        Files.move(file, dir.resolve("journal.1"));
        changes(file, "b").begin(WEB).done("2");
        assertThat(Journal.at(file).lines()).hasSize(1);
        assertThat(Journal.at(dir.resolve("journal.1")).lines()).hasSize(1);
    }

    @Test
    void linesOfConcurrentCommandsDoNotMix() throws InterruptedException {
        Path file = dir.resolve("journal");
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            String word = Integer.toString(i).repeat(3000);
            threads.add(new Thread(() -> {
                for (int round = 0; round < 50; round++) {
                    changes(file, word).begin(WEB).done("x");
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(Journal.at(file).lines())
                .hasSize(200)
                .allSatisfy(line -> assertThat(line).matches("\\{\"time\".*ringwall ([0-3])\\1{2999}\",.*\"x\"}"));
    }

    @Test
    void aFileThatCannotBeWrittenIsAWarning() throws IOException {
        Path target = Files.createFile(dir.resolve("target"));
        Path link = Files.createSymbolicLink(dir.resolve("link"), target);
        changes(link, "apply").begin(WEB).done("in force");
        changes(target.resolve("below"), "apply").begin(WEB).done("in force");
        assertThat(target).isEmptyFile();
        assertThat(err.toString(StandardCharsets.UTF_8).lines())
                .hasSize(2)
                .allMatch(line -> line.startsWith("ringwall: warning: the journal `" + dir));
    }

    @Test
    void onlyStartedChangesAreJournaledAsRefused() {
        Path file = dir.resolve("journal");
        Changes changes = changes(file, "apply");
        changes.refused("no such file");
        assertThat(file).doesNotExist();
        changes.begin(WEB).refused("the kernel refused");
        changes.refused("said once");
        assertThat(Journal.at(file).lines()).singleElement().asString().contains("\"refused: the kernel refused\"");
        assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    @Test
    void theEnvironmentSelectsTheJournalFile() {
        assertThat(Journal.file(Map.of(), true)).contains(Path.of("/var/log/ringwall/journal.jsonl"));
        assertThat(Journal.file(Map.of(), false)).isEmpty();
        assertThat(Journal.file(Map.of("RINGWALL_JOURNAL", "/x/y"), false)).contains(Path.of("/x/y"));
        assertThat(Journal.file(Map.of("RINGWALL_JOURNAL", ""), true)).isEmpty();
        changes(dir.resolve("unused"), "x");
        assertThat(Journal.none().append(Map.of("a", 1))).isEqualTo(Optional.empty());
        assertThat(Journal.none().lines()).isEmpty();
    }

    /** As after a {@code live replace} with many addresses. */
    @Test
    void aCommandOfAnyLengthIsShown() {
        String words = "ringwall live replace web/blocked " + "192.0.2.1 \\\" ".repeat(200_000);
        String line = Json.of(Map.of("command", words, "result", "ok"));
        assertThat(JournalCommand.member(line, "command")).contains(words);
        assertThat(JournalCommand.text(line)).contains("192.0.2.1");
    }

    /** Words of a command can look like members. */
    @Test
    void argumentsCannotForgeJsonMembers() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("time", "2026-01-02T03:04:05.678Z");
        fields.put("uid", 0);
        fields.put("command", "ringwall x ,\"instance\":\"db@main\",\"uid\":7 \\ \u001b");
        fields.put("instance", "web@main");
        fields.put("params", List.of("{\"generation\":9", "a=1"));
        fields.put("result", "ok");
        String line = Json.of(fields);
        assertThat(JournalCommand.member(line, "instance")).contains("web@main");
        assertThat(JournalCommand.member(line, "generation")).isEmpty();
        assertThat(JournalCommand.text(line))
                .isEqualTo("2026-01-02T03:04:05Z web@main: ok; uid 0: "
                        + "ringwall x ,\"instance\":\"db@main\",\"uid\":7 \\ \\x1b");
        assertThat(JournalCommand.text("garbage\u001b")).isEqualTo("not a line of ringwall: garbage\\x1b");
    }

    @Test
    void aLongCommandIsCutOff() {
        Path file = dir.resolve("journal");
        changes(file, "live", "a".repeat(1_000_000)).begin(WEB).done("x");
        assertThat(Journal.at(file).lines())
                .singleElement()
                .satisfies(line -> assertThat(line.length()).isLessThan(5000));
    }
}
