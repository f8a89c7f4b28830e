// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.host.cli.status.DoctorCommand;
import org.ringwall.host.cli.status.StatusPrinter;
import org.ringwall.host.container.CgroupNames;
import org.ringwall.host.terminal.SafeOutput;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.model.Diagnosis;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.sys.ErrorNumber;

/** The command line without a kernel: arguments in, one sentence and an exit code out. */
class RingwallTest {
    private static final CgroupNames NAMES = CgroupNames.below(Path.of("/sys/fs/cgroup"));

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private RuntimeException onMachine = new UnaskedException();

    /** Thrown if the host is opened although the command line is invalid. */
    private static final class UnaskedException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private int ringwall(String... args) {
        Ringwall ringwall = new Ringwall(
                () -> {
                    throw onMachine;
                },
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return ringwall.execute(args);
    }

    private String said() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void policyTextIsRefusedWithTheCompileCommand() {
        assertThat(ringwall("web.wall")).isEqualTo(2);
        assertThat(ringwall("apply", "web.wall", "--cgroup", "/x")).isEqualTo(1);
        assertThat(ringwall("run", "web.wall", "--", "true")).isEqualTo(125);
        String answer = "ringwall: `web.wall` is policy text, but ringwall needs a compiled object\n"
                + "  help: ringwallc compile web.wall -o web.o\n";
        assertThat(said()).isEqualTo(answer.repeat(3));
    }

    @Test
    void wrongWordsAreUsageErrors() {
        assertThat(ringwall()).isEqualTo(2);
        assertThat(ringwall("frobnicate")).isEqualTo(2);
        assertThat(ringwall("apply")).isEqualTo(2);
        assertThat(ringwall("status", "--bogus")).isEqualTo(2);
        assertThat(ringwall("run", "x.o", "true")).isEqualTo(125);
        assertThat(said().lines().toList())
                .hasSize(10)
                .allSatisfy(line -> assertThat(line).matches("ringwall: [a-z`].*[^.]|  help: .+"));
    }

    @Test
    void misspelledWordsGetASuggestion() {
        assertThat(ringwall("status", "--jso")).isEqualTo(2);
        assertThat(ringwall("apply", "--dry-runn", "p.o")).isEqualTo(2);
        assertThat(ringwall("live", "foo")).isEqualTo(2);
        assertThat(ringwall("run", "p.o", "bash")).isEqualTo(125);
        assertThat(ringwall("enforce", "a", "b")).isEqualTo(2);
        assertThat(said()).isEqualTo("""
                        ringwall: `ringwall status` has no option `--jso`
                          help: did you mean `--json`?
                        ringwall: `ringwall apply` has no option `--dry-runn`
                          help: did you mean `--dry-run`?
                        ringwall: `ringwall live` has no command `foo`
                          help: write one of add, remove, replace, list
                        ringwall: `bash` is one word too many for `ringwall run`
                          help: write `--` before the command: ringwall run OBJ.o -- bash
                        ringwall: `b` is one word too many for `ringwall enforce`
                          help: ringwall enforce --help
                        """);
    }

    /** A program that wants JSON gets it for failures too, in one line. */
    @Test
    void failuresAreJsonIfTheCommandPrintsJson() {
        assertThat(ringwall("status", "--json", "--jso")).isEqualTo(2);
        assertThat(ringwall("live", "list", "web", "--json")).isEqualTo(2);
        assertThat(ringwall("inspect", "/nowhere/web.o", "--json")).isEqualTo(1);
        assertThat(said()).isEqualTo("""
                        {"error":"`ringwall status` has no option `--jso`","help":"did you mean `--json`?","code":2}
                        {"error":"`web` is not the name of a set or table","help":"write POLICY/NAME, or POLICY@INSTANCE/NAME","code":2}
                        {"error":"there is no file `/nowhere/web.o`","help":"name a bundle that ringwallc bundle wrote","code":1}
                        """);
    }

    /** Whatever a command prints, nothing in it controls the terminal. */
    @Test
    void outputIsSafeForATerminal() {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        SafeOutput out = SafeOutput.of(new PrintStream(said, true, StandardCharsets.UTF_8));
        assertThat(SafeOutput.of(out)).isSameAs(out);
        out.print("a\u001b[31m\rb\r\nc\td\\\n");
        out.println("\u009b1m\u202e" + "e");
        out.println((Object) "\u0007");
        out.append("x\u001b").append('\u001b').printf("%s\n", "\u001b");
        out.println("plain é 漢");
        assertThat(said.toString(StandardCharsets.UTF_8)).isEqualTo("""
                a\\x1b[31m\\x0db\r
                c\td\\
                \\xc2\\x9b1m\\xe2\\x80\\xaee
                \\x07
                x\\x1b\\x1b\\x1b
                plain é 漢
                """);
        out.writeBytes(new byte[] {0x1b});
        assertThat(said.toByteArray()[said.size() - 1]).isEqualTo((byte) 0x1b);
    }

    /** A thousand cgroups that are alike share a line, and those that differ are shown. */
    @Test
    void statusOfManyCgroupsIsSummed() {
        List<InstanceStatus.At> places = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            boolean odd = i % 400 == 7;
            places.add(new InstanceStatus.At(
                    i, "/c/" + i, false, List.of("connect4", "connect6"), odd ? List.of("bind4") : List.of()));
        }
        InstanceStatus web = new InstanceStatus(
                InstanceName.parse("web"), 1, InstanceStatus.State.IN_FORCE, places, Optional.empty());
        StatusPrinter printer = new StatusPrinter(List.of(web), NAMES, Map.of(), Map.of(), false);
        String detached = ": connect4 connect6; another process detached bind4: ringwall apply attaches them again\n";
        assertThat(printer.text(false))
                .isEqualTo("web@main: in force, generation 1\n  997 cgroups, 2 hooks each; 3 differ:\n  /c/7" + detached
                        + "  /c/407" + detached + "  /c/807" + detached);
        assertThat(printer.text(true).lines()).hasSize(1_001);
        List<InstanceStatus.At> lost = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            lost.add(new InstanceStatus.At(i, "id " + i, i < 30, i < 30 ? List.of() : List.of("connect4"), List.of()));
        }
        StatusPrinter half = new StatusPrinter(List.of(web.at(lost)), NAMES, Map.of(), Map.of(), false);
        assertThat(half.text(false).lines())
                .contains(
                        "  30 cgroups, each lost: the cgroup was removed, nothing is enforced there; 30 differ:",
                        "  id 49: connect4",
                        "  … and 10 more; -v shows each")
                .hasSize(23);
        StatusPrinter few =
                new StatusPrinter(List.of(web.at(places.subList(20, 30))), NAMES, Map.of(), Map.of(), false);
        assertThat(few.text(false)).isEqualTo(few.text(true));
        StatusPrinter same =
                new StatusPrinter(List.of(web.at(places.subList(20, 40))), NAMES, Map.of(), Map.of(), false);
        assertThat(same.text(false)).endsWith("\n  20 cgroups, 2 hooks each; -v shows each\n");
    }

    @Test
    void anObjectThatCgroupsTookIsExplained() {
        assertThat(ringwall("apply", "--cgroup", "/x", "p.o")).isEqualTo(2);
        assertThat(said()).isEqualTo("""
                        ringwall: no OBJ.o|DIR|FILE.wallpack is given
                          help: write it before --cgroup, which takes all words after it
                        """);
    }

    @Test
    void theCommandMustBeFirst() {
        assertThat(ringwall("frobnicate", "--help")).isEqualTo(2);
        assertThat(ringwall("statsu")).isEqualTo(2);
        assertThat(ringwall("live", "ad")).isEqualTo(2);
        assertThat(ringwall("live", "lst")).isEqualTo(2);
        assertThat(ringwall("web.o", "--cgroup", "/x")).isEqualTo(2);
        assertThat(ringwall("--cgroup=/x", "web.o")).isEqualTo(2);
        assertThat(said())
                .contains(
                        "ringwall: there is no command `frobnicate`\n  help: write one of run, apply, ",
                        "ringwall: there is no command `statsu`\n  help: did you mean `status`?\n",
                        "ringwall: `ringwall live` has no command `ad`\n  help: write one of add, ",
                        "ringwall: `ringwall live` has no command `lst`\n  help: did you mean `list`?\n",
                        "ringwall: there is no command `web.o`\n  help: to enforce it: ringwall apply web.o --cgroup /x\n",
                        "ringwall: `--cgroup=/x` is before the command, or is not an option\n  help: write one of run, ");
    }

    @Test
    void runAndApplyAcceptParameters(@TempDir Path dir) throws IOException {
        String object = object(dir);
        onMachine = new KernelRefusedException("do anything", ErrorNumber.of(Errno.EPERM));
        assertThat(ringwall("run", object, "--param", "port=1", "--", "true")).isEqualTo(125);
        // A user without root's delegation is refused before the host is opened.
        assertThat(said()).containsAnyOf("do anything", "may not load BPF programs, and root has not delegated it");
        assertThat(ringwall("apply", object, "--param", "port=1", "--cgroup", "/x"))
                .isEqualTo(3);
    }

    @Test
    void missingOrForeignFilesAreInputErrors(@TempDir Path dir) throws IOException {
        Path text = Files.writeString(dir.resolve("text.o"), "hello");
        assertThat(ringwall("apply", dir.resolve("none.o").toString(), "--cgroup", "/x"))
                .isEqualTo(1);
        assertThat(ringwall("apply", dir.toString(), "--cgroup", "/x")).isEqualTo(1);
        assertThat(ringwall("apply", text.toString(), "--cgroup", "/x")).isEqualTo(1);
        assertThat(said()).contains("there is no file", "is not a readable BPF object");
    }

    @Test
    void kernelRefusalExitsWithThreeAndAHelp() {
        onMachine = new KernelRefusedException("create the map `m`", ErrorNumber.of(Errno.EPERM));
        assertThat(ringwall("status")).isEqualTo(3);
        assertThat(said())
                .isEqualTo("ringwall: the kernel refused to create the map `m` (EPERM)\n"
                        + "  help: run as root, or with CAP_BPF, CAP_NET_ADMIN and CAP_SYS_ADMIN\n");
    }

    @Test
    void internalErrorsAreOneSentence() {
        onMachine = new IllegalStateException("file descriptor 3 was closed");
        assertThat(ringwall("status")).isEqualTo(3);
        assertThat(said()).startsWith("ringwall: file descriptor 3 was closed\n  help: this is a bug in ringwall");
    }

    @Test
    void unwritableOutputIsAnError() {
        PrintStream full = new PrintStream(new java.io.OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        });
        PrintStream said = new PrintStream(err, true, StandardCharsets.UTF_8);
        Ringwall ringwall = new Ringwall(
                () -> {
                    throw onMachine;
                },
                full,
                said);
        assertThat(ringwall.execute("--help")).isEqualTo(3);
        assertThat(said()).startsWith("ringwall: the output could not be written\n  help: ");
    }

    @Test
    void helpIsPrintedToStandardOutput() {
        assertThat(ringwall("--help")).isZero();
        assertThat(ringwall("--version")).isZero();
        assertThat(ringwall("run", "--help")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("recover", "ringwall run [OPTION]... OBJ.o|FILE.wallpack -- COMMAND [ARGUMENT]...");
        assertThat(said()).isEmpty();
    }

    @Test
    void statusIsPrintedForPeopleAndMachines() {
        List<InstanceStatus> two = List.of(
                new InstanceStatus(
                        new InstanceName("web", "main"),
                        3,
                        InstanceStatus.State.IN_FORCE,
                        List.of(
                                new InstanceStatus.At(
                                        70, "/cg/a \"b\"", false, List.of("connect4", "device"), List.of()),
                                new InstanceStatus.At(71, "/cg/c", false, List.of("connect4"), List.of("device")),
                                new InstanceStatus.At(77, "id 77", true, List.of(), List.of())),
                        Optional.of(new InstanceStatus.Monitored(OptionalLong.of(899), "new\nrules"))),
                new InstanceStatus(
                        new InstanceName("db", "x"), 0, InstanceStatus.State.NOWHERE, List.of(), Optional.empty()));
        assertThat(new StatusPrinter(two, NAMES, Map.of(), Map.of(), false).text(false))
                .isEqualTo("web@main: in force, generation 3, monitored for another 14m 59s (new\\x0arules)\n"
                        + "  \"/cg/a \\\"b\\\"\": connect4 device\n"
                        + "  /cg/c: connect4; another process detached device: ringwall apply attaches them again\n"
                        + "  id 77: lost: the cgroup was removed, nothing is enforced there\n"
                        + "db@x: not in force anywhere: ringwall recover removes it\n");
        assertThat(new StatusPrinter(two, NAMES, Map.of(), Map.of(), false).json())
                .isEqualTo(
                        "{\"instances\":[{\"policy\":\"web\",\"instance\":\"main\",\"generation\":3,"
                                + "\"state\":\"in-force\",\"monitored\":{\"seconds\":899,\"reason\":\"new\\u000arules\"},\"places\":[{\"cgroup\":\"/cg/a \\\"b\\\"\",\"lost\":false,"
                                + "\"hooks\":[\"connect4\",\"device\"],\"missing\":[]},{\"cgroup\":\"/cg/c\",\"lost\":false,"
                                + "\"hooks\":[\"connect4\"],\"missing\":[\"device\"]},"
                                + "{\"cgroup\":\"id 77\",\"lost\":true,\"hooks\":[],\"missing\":[]}]},"
                                + "{\"policy\":\"db\",\"instance\":\"x\",\"generation\":0,\"state\":\"nowhere\",\"places\":[]}]}\n");
        List<InstanceStatus> broken =
                List.of(InstanceStatus.unreadable(new InstanceName("web", "main"), "what is pinned is none"));
        assertThat(new StatusPrinter(broken, NAMES, Map.of(), Map.of(), false).text(false))
                .isEqualTo("web@main: cannot be read, and may be in force: what is pinned is none\n");
        assertThat(new StatusPrinter(broken, NAMES, Map.of(), Map.of(), false).json())
                .contains("\"state\":\"unreadable\",\"trouble\":\"what is pinned is none\",\"places\":[]");
    }

    @Test
    void statusTellsWhyACgroupIsUnknown() {
        StatusPrinter unknown = new StatusPrinter(
                List.of(new InstanceStatus(
                        new InstanceName("web", "main"),
                        1,
                        InstanceStatus.State.NOWHERE,
                        List.of(new InstanceStatus.At(
                                5,
                                "id 5",
                                false,
                                List.of(),
                                List.of("device"),
                                List.of("one"),
                                List.of("two"),
                                Optional.of("why"),
                                Optional.empty())),
                        Optional.empty())),
                NAMES,
                Map.of(),
                Map.of(),
                false);
        assertThat(unknown.text(false))
                .isEqualTo("web@main: not in force anywhere\n  id 5: not attached at device; "
                        + "it cannot be determined whether the cgroup exists: why\n    one\n    accepted: two\n");
        assertThat(unknown.json())
                .contains(
                        "\"missing\":[\"device\"],\"unknown\":\"why\",\"overriding\":[\"one\"],\"accepted\":[\"two\"]");
    }

    @Test
    void anEmptyHostHasNoPolicyInForce() {
        assertThat(new StatusPrinter(List.of(), NAMES, Map.of(), Map.of(), false).text(false))
                .isEqualTo("no policy is in force\n");
    }

    @Test
    void findingsHaveColorsOnlyIfRequested() {
        List<Diagnosis> found = List.of(
                new Diagnosis(Diagnosis.Level.OK, "kernel", "6.12", ""),
                new Diagnosis(Diagnosis.Level.PROBLEM, "web@main", "bad\u001b", "do this"));
        assertThat(DoctorCommand.text(found, false))
                .isEqualTo("ok       kernel: 6.12\nproblem  web@main: bad\\x1b\n         help: do this\n");
        assertThat(DoctorCommand.text(found, true))
                .isEqualTo("\u001b[32mok\u001b[0m       kernel: 6.12\n\u001b[31mproblem\u001b[0m  web@main: bad\\x1b\n"
                        + "         help: do this\n");
        assertThat(DoctorCommand.json(found))
                .isEqualTo(
                        "{\"findings\":[{\"level\":\"ok\",\"subject\":\"kernel\",\"text\":\"6.12\"},"
                                + "{\"level\":\"problem\",\"subject\":\"web@main\",\"text\":\"bad\\u001b\",\"help\":\"do this\"}]}\n");
    }

    @Test
    void jsonEscapesControlCharactersAndQuotes() {
        assertThat(Json.of(Map.of("a", List.of("\u0001\\\"ü", 1, true))))
                .isEqualTo("{\"a\":[\"\\u0001\\\\\\\"ü\",1,true]}");
    }

    private static String object(Path dir) throws IOException {
        Path file = dir.resolve("p.o");
        Files.write(file, ObjectWriter.write(TestObjects.denyPort("p", 9)));
        return file.toString();
    }
}
