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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.host.cli.command.CounterTotals;
import org.ringwall.loader.fixtures.StateObjects;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.testkit.Guard;
import org.ringwall.testkit.KernelTest;

/** The commands for state, from their arguments to their output. */
@KernelTest
class StateCommandsKernelTest {
    private static final String TAG = "rwstate-" + ProcessHandle.current().pid();
    private static final Path PINS = BpffsPins.MOUNT.resolve(TAG);

    @TempDir
    Path dir = Path.of("");

    private final LoaderHost host = LoaderHost.ofThisMachine(PINS);
    private final Cgroup cgroup = host.hierarchy().create(host.cgroups().own(), TAG);

    @BeforeEach
    void apply() throws IOException {
        Path file = dir.resolve("web.o");
        Files.write(file, StateObjects.web().file());
        ringwall(0, "apply", file.toString(), "--cgroup", cgroup.toString());
    }

    @AfterEach
    void clean() {
        if (Files.exists(PINS.resolve("v1/web@main"))) {
            ringwall(0, "remove", "web");
        }
        host.hierarchy().end(cgroup);
        host.hierarchy().remove(cgroup);
        host.close();
    }

    @Test
    void liveSetsAreChangedByArgumentsFilesAndStandardInput() throws IOException {
        assertThat(ringwall(0, "live", "list", "web/blocked")).isEmpty();
        assertThat(ringwall(0, "live", "add", "web/blocked", "127.0.0.1", "2001:db8::/48"))
                .isEqualTo("web@main/blocked: 2 added; 2 of 8\n");
        assertThat(ringwall(0, "live", "add", "web@main/blocked", "::ffff:127.0.0.1", "127.0.0.2"))
                .isEqualTo("web@main/blocked: 1 added, there already: 127.0.0.1; 3 of 8\n");
        assertThat(ringwall(1, "live", "add", "web/blocked", "127.0.0.3", "10.0.0.0/8"))
                .isEqualTo("ringwall: `10.0.0.0/8` is outside the ranges of `blocked`\n"
                        + "  help: write entries within `127.0.0.0/8`, `2001:db8::/32`\n");
        assertThat(ringwall(1, "live", "remove", "web/blocked", "2001:db8::1", "127.0.0.1"))
                .isEqualTo("ringwall: `2001:db8::1` is not in `blocked`, so nothing was removed\n"
                        + "  help: `2001:db8::/48` covers it: remove that whole entry\n");
        Path file = dir.resolve("list");
        Files.writeString(file, "# ours\n127.0.0.9 # one\n\n  127.1.0.0/16\n");
        assertThat(ringwall(0, "live", "replace", "web/blocked", "--file", file.toString()))
                .isEqualTo("web@main/blocked: replaced; 2 of 8\n");
        assertThat(ringwall(0, "live", "list", "web/blocked"))
                .matches("127\\.0\\.0\\.9  since 20\\S+Z\n127\\.1\\.0\\.0/16  since 20\\S+Z\n");
        assertThat(ringwall(0, "live", "list", "web/blocked", "--json"))
                .matches(
                        "\\{\"policy\":\"web\",\"instance\":\"main\",\"name\":\"blocked\",\"type\":\"net\",\"max\":8,"
                                + "\"entries\":\\[\\{\"entry\":\"127.0.0.9\",\"since\":\\d+},\\{\"entry\":\"127.1.0.0/16\",\"since\":\\d+}]}\n");
        assertThat(with("127.0.0.1\n127.0.0.9\n", 0, "live", "add", "web/blocked", "-", "--json"))
                .contains("\"changed\":1,\"already\":[\"127.0.0.9\"],\"entries\":3,\"max\":8}");
        assertThat(ringwall(0, "live", "remove", "web/blocked", "127.0.0.1"))
                .isEqualTo("web@main/blocked: 1 removed; 2 of 8\n");
    }

    /**
     * An error in a file or in standard input is reported with its line, and nothing has changed.
     */
    @Test
    void aBadEntryOfAFileIsReportedWithItsLine() throws IOException {
        Path file = dir.resolve("bad");
        Files.writeString(file, "# ours\n127.0.0.9\n\n127.0.0.x # no address\n");
        assertThat(ringwall(1, "live", "replace", "web/blocked", "--file", file.toString()))
                .startsWith("ringwall: `" + file + "`, line 4: `127.0.0.x` is not an address");
        assertThat(with("127.0.0.1\n10.0.0.1\n", 1, "live", "add", "web/blocked", "-"))
                .startsWith("ringwall: standard input, line 2: `10.0.0.1` is outside the ranges of `blocked`\n");
        assertThat(ringwall(1, "live", "add", "web/blocked", "127.0.0.x")).startsWith("ringwall: `127.0.0.x` is not");
        assertThat(ringwall(0, "live", "list", "web/blocked")).isEmpty();
        Files.writeString(file, "192.0.2.1 = 10.0.0.3:80\n\n192.0.2.2 10.0.0.3:80\n");
        assertThat(ringwall(1, "table", "set", "web/to", "--file", file.toString()))
                .startsWith("ringwall: `" + file + "`, line 3: `192.0.2.2 10.0.0.3:80` has no destination");
        assertThat(with("192.0.2.x\n", 1, "table", "remove", "web/to", "-"))
                .startsWith("ringwall: standard input, line 1: ");
    }

    /**
     * A feed that could not be fetched leaves an empty file, which must not disable a deny list.
     */
    @Test
    void anEmptyListReplacesOnlyWithAllowEmpty() throws IOException {
        ringwall(0, "live", "add", "web/blocked", "127.0.0.1");
        Path file = dir.resolve("feed");
        Files.writeString(file, "# nothing today\n");
        assertThat(ringwall(1, "live", "replace", "web/blocked", "--file", file.toString()))
                .isEqualTo("ringwall: `" + file + "` has no entries, so `web@main/blocked` would be empty\n"
                        + "  help: use --allow-empty to remove all entries\n");
        assertThat(with("", 1, "live", "replace", "web/gates", "-")).contains("standard input has no entries");
        assertThat(ringwall(0, "live", "list", "web/blocked")).startsWith("127.0.0.1  since ");
        assertThat(ringwall(0, "live", "replace", "web/blocked", "--file", file.toString(), "--allow-empty"))
                .isEqualTo("web@main/blocked: replaced; 0 of 8\n");
        assertThat(ringwall(2, "live", "add", "web/blocked", "127.0.0.1", "--allow-empty"))
                .contains("--allow-empty");
    }

    /**
     * A user who can create a link at a path that root reads must not learn the content of its
     * target from the error.
     */
    @Test
    void contentBehindASymbolicLinkIsNotShown() throws IOException {
        Path secret = Files.writeString(dir.toRealPath().resolve("shadow"), "root:$6$salt$hash:1::\n");
        Path link = Files.createSymbolicLink(secret.resolveSibling("list"), secret);
        Path folder = Files.createSymbolicLink(secret.resolveSibling("folder"), secret.getParent());
        for (Path named : new Path[] {link, folder.resolve("shadow"), folder.resolve("list")}) {
            for (String[] command : new String[][] {{"live", "add", "web/blocked"}, {"table", "set", "web/to"}}) {
                assertThat(ringwall(1, command[0], command[1], command[2], "--file", named.toString()))
                        .isEqualTo("ringwall: `" + named + "`, line 1: this entry is invalid\n"
                                + "  help: its content is not shown, because the path contains a symbolic link: write `"
                                + secret + "`\n");
            }
        }
        assertThat(ringwall(1, "live", "add", "web/blocked", "--file", secret.toString()))
                .contains("`root:$6$salt$hash:1::` is not an address");
        Files.writeString(secret, "127.0.0.7\n");
        assertThat(ringwall(1, "live", "remove", "web/blocked", "--file", link.toString()))
                .contains("these entries are invalid")
                .doesNotContain("127.0.0.7");
        assertThat(ringwall(0, "live", "add", "web/blocked", "--file", link.toString()))
                .isEqualTo("web@main/blocked: 1 added; 1 of 8\n");
    }

    /**
     * Neither the shell nor Java can pass such a name as an argument, so the cgroup is named by its
     * id.
     */
    @Test
    void aCgroupWhoseNameIsNotUtf8IsNamedByItsId() throws Exception {
        String script = """
                import os, socket, sys
                path = os.fsencode(sys.argv[1]) + b'/odd-\\xff'
                if sys.argv[2] == 'make':
                    os.mkdir(path)
                    print(os.stat(path).st_ino)
                else:
                    open(path + b'/cgroup.procs', 'w').write(str(os.getpid()))
                    sys.stdout.flush()
                    try:
                        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.1', 9))
                        print('went through')
                    except PermissionError:
                        print('denied')
                """;
        String id = python(script, cgroup.toString(), "make");
        assertThat(ringwall(0, "apply", dir.resolve("web.o").toString(), "--instance", "odd", "--cgroup", id))
                .contains("web@odd: in force, generation 1\n  " + cgroup + "/odd-");
        try {
            ringwall(0, "remove", "web");
            ringwall(0, "live", "add", "web@odd/blocked", "127.0.0.1");
            assertThat(python(script, cgroup.toString(), "connect")).isEqualTo("denied");
            assertThat(ringwall(0, "live", "add", "web@odd/places", id)).contains("1 added");
            assertThat(ringwall(0, "live", "list", "web@odd/places")).startsWith(id + "  " + cgroup + "/odd-");
            assertThat(ringwall(0, "status")).contains(cgroup + "/odd-");
        } finally {
            ringwall(0, "remove", "web@odd");
        }
        assertThat(ringwall(3, "apply", dir.resolve("web.o").toString(), "--cgroup", "99999999999"))
                .contains("there is no cgroup with id 99999999999");
        assertThat(ringwall(1, "apply", dir.resolve("web.o").toString(), "--cgroup", "99999999999999999999"))
                .contains("is not the id of a cgroup");
    }

    private static String python(String script, String... arguments) throws IOException, InterruptedException {
        java.util.List<String> words = new java.util.ArrayList<>(java.util.List.of("python3", "-c", script));
        words.addAll(java.util.List.of(arguments));
        Process child = new ProcessBuilder(words)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(child.waitFor()).isZero();
        return said;
    }

    @Test
    void portsDevicesAndCgroupsAreWrittenAsInPolicies() {
        assertThat(ringwall(0, "live", "add", "web/gates", "80", "440..449"))
                .isEqualTo("web@main/gates: 11 added; 11 of 100\n");
        assertThat(ringwall(0, "live", "remove", "web/gates", "443"))
                .isEqualTo("web@main/gates: 1 removed; 10 of 100\n");
        assertThat(ringwall(0, "live", "list", "web/gates")).isEqualTo("80\n440..442\n444..449\n");
        assertThat(ringwall(1, "live", "add", "web/gates", "1000..2000"))
                .contains("`1000..2000` is outside the ranges of `gates`, but a part of it is inside");
        assertThat(ringwall(0, "live", "add", "web/nodes", "char", "10:200", "char 10:*"))
                .isEqualTo("web@main/nodes: 2 added; 2 of 4\n");
        assertThat(ringwall(0, "live", "add", "web/nodes", "/dev/net/tun", "\"/dev/fuse\""))
                .isEqualTo("web@main/nodes: 1 added, there already: char 10:200; 3 of 4\n");
        assertThat(ringwall(1, "live", "add", "web/nodes", "/dev/null")).contains("outside the ranges of `nodes`");
        assertThat(ringwall(1, "live", "add", "web/nodes", "/dev/nvme0"))
                .isEqualTo("ringwall: `/dev/nvme0` is not in the table of devices with fixed numbers\n"
                        + "  help: write its type and number, as in `char 1:3`; `ls -l` shows them\n");
        assertThat(ringwall(1, "live", "add", "web/nodes", "block 10:1")).contains("outside the ranges of `nodes`");
        assertThat(ringwall(0, "live", "add", "web/places", cgroup.toString()))
                .isEqualTo("web@main/places: 1 added; 1 of 4\n");
        assertThat(ringwall(0, "live", "list", "web/places")).startsWith(cgroup.id() + "  " + cgroup + "  since ");
    }

    @Test
    void invalidNamesAndArgumentsAreReported() {
        assertThat(ringwall(2, "live", "add", "web", "1.1.1.1")).contains("`web` is not the name of a set or table");
        assertThat(ringwall(2, "live"))
                .isEqualTo("ringwall: `live` needs a subcommand\n"
                        + "  help: write ringwall live and one of add, remove, replace, list\n");
        assertThat(ringwall(2, "live", "add", "web/blocked")).contains("no entries were given");
        assertThat(ringwall(2, "live", "add", "web/blocked", "127.0.0.1", "--file", "x"))
                .contains("entries were given in two ways");
        assertThat(ringwall(
                        1,
                        "live",
                        "add",
                        "web/blocked",
                        "--file",
                        dir.resolve("none").toString()))
                .contains("there is no file `");
        assertThat(with("a/\0b\n", 1, "live", "add", "web/places", "-")).contains("`a/?b` is not a path");
        assertThat(with("\u001b]0;x\u0007\n", 1, "live", "add", "web/blocked", "-"))
                .contains("`\\x1b]0;x\\x07` is not an address");
        assertThat(ringwall(0, "live", "add", "--help")).contains("Adds all of the entries or none.");
        assertThat(ringwall(1, "live", "add", "web/blocke", "127.0.0.1"))
                .isEqualTo("ringwall: `web@main` has no live set `blocke`\n"
                        + "  help: it has: blocked, gates, nodes, places\n");
        assertThat(ringwall(1, "live", "list", "web@second/blocked")).contains("there is no `web@second` on this host");
        assertThat(ringwall(1, "monitor", "web", "--for", "soon")).contains("`soon` is not a time");
        assertThat(ringwall(2, "monitor", "web")).contains("--for");
    }

    @Test
    void tablesAreChangedByArgumentsAndFiles() throws IOException {
        assertThat(ringwall(0, "table", "set", "web/to", "192.0.2.1", "=", "10.0.0.1:80", "10.0.0.2:443"))
                .isEqualTo("web@main/to: 1 added, 0 changed; 1 of 4\n");
        Path file = dir.resolve("rows");
        Files.writeString(file, "192.0.2.1 = 10.0.0.3:80\n2001:db8::1 = 10.0.0.4:80\n");
        assertThat(ringwall(0, "table", "set", "web/to", "--file", file.toString()))
                .isEqualTo("web@main/to: 1 added, 1 changed; 2 of 4\n");
        assertThat(ringwall(0, "table", "list", "web/to"))
                .isEqualTo("192.0.2.1 = 10.0.0.3:80\n2001:db8::1 = 10.0.0.4:80\n");
        assertThat(ringwall(0, "table", "list", "web/to", "--json"))
                .contains("\"max\":4,\"choices\":2,\"default\":\"deny\",\"entries\":[{")
                .contains("\"key\":{\"remote.ip\":\"192.0.2.1\"}", "\"to\":[\"10.0.0.3:80\"]");
        assertThat(ringwall(1, "table", "set", "web/to", "192.0.2.1", "10.0.0.1:80"))
                .contains("has no destination");
        assertThat(ringwall(1, "table", "set", "web/to", "192.0.2.1", "=", "10.0.0.1:81"))
                .contains("`10.0.0.1:81` is outside the destinations of `to`");
        assertThat(ringwall(1, "table", "remove", "web/to", "192.0.2.9"))
                .contains("`to` has no entry for `192.0.2.9`, so nothing was removed");
        assertThat(ringwall(0, "table", "remove", "web/to", "192.0.2.1")).isEqualTo("web@main/to: 1 removed; 1 of 4\n");
        assertThat(with("", 1, "table", "replace", "web/to", "-"))
                .isEqualTo("ringwall: standard input has no entries, so `web@main/to` would be empty\n"
                        + "  help: use --allow-empty to remove all entries\n");
        assertThat(ringwall(0, "table", "list", "web/to")).hasLineCount(1);
        assertThat(with("", 0, "table", "replace", "web/to", "-", "--allow-empty"))
                .isEqualTo("web@main/to: replaced; 0 of 4\n");
    }

    @Test
    void countsRatesAndRecordsAreShown() throws Exception {
        ringwall(0, "live", "add", "web/blocked", "127.0.0.1");
        assertThat(ringwall(0, "status", "web")).contains("\n  counter tries: no entries yet\n");
        connect();
        assertThat(ringwall(0, "counters", "web"))
                .matches("tries remote\\.port : tries attempts, last time\n  remote\\.port=9: tries=1 last=\\d+\n");
        assertThat(ringwall(0, "counters", "web", "--json"))
                .contains("\"rows\":[{\"key\":{\"remote.port\":9},\"values\":{\"tries\":1,\"last\":");
        assertThat(ringwall(0, "status", "web")).containsPattern("\n  counter tries: tries=1 last=\\d+\n  /");
        assertThat(ringwall(0, "status")).doesNotContain("counter");
        CounterTotals.Total over = CounterTotals.of(host, InstanceName.parse("web@main"), 0)
                .totals()
                .get(0);
        assertThat(over.text()).isEqualTo("tries: more than 0 keys, not summed: see ringwall counters");
        assertThat(over.fields().keySet()).containsExactly("name", "keys_over", "lost");
        assertThat(CounterTotals.of(host, InstanceName.parse("web@main"), 1).totals())
                .allMatch(total -> total.over().isEmpty());
        assertThat(ringwall(0, "status", "--json"))
                .containsPattern("\"counters\":\\[\\{\"name\":\"tries\",\"values\":\\{\"tries\":1,\"last\":\\d+},"
                        + "\"keys\":1,\"lost\":0}],\"places\":");
        assertThat(ringwall(0, "rates", "web")).isEqualTo("slow: one token every 1ms, at most 7\n  tokens=7\n");
        assertThat(ringwall(0, "events", "web"))
                .matches("20\\S+Z deny connect4 errno=EPERM remote\\.ip=127\\.0\\.0\\.1 remote\\.port=9  "
                        + "web\\.wall:3:5: deny if remote\\.ip in blocked log because told so\n");
        assertThat(ringwall(0, "events", "web")).as("each once").isEmpty();
        ringwall(0, "monitor", "web", "--for", "15m", "--reason", "a look");
        assertThat(ringwall(0, "status"))
                .containsPattern("generation 1, monitored for another 1[45]m.* \\(a look\\)\n");
        connect();
        assertThat(ringwall(0, "events", "web", "--json"))
                .startsWith("{\"policy\":\"web\",\"instance\":\"main\",\"time\":\"20")
                .contains(
                        "\"file\":\"web.wall\",\"line\":3,\"column\":5",
                        "\"reason\":\"told so\"",
                        "\"monitored\":true",
                        "\"remote.ip\":\"127.0.0.1\"");
        assertThat(ringwall(0, "enforce", "web")).isEqualTo("web@main: enforced\n");
        assertThat(ringwall(0, "enforce", "web")).isEqualTo("web@main: enforced already\n");
        assertThat(ringwall(0, "status")).doesNotContain("monitored");
    }

    @Test
    void followingEventsEndsWhenThePolicyIsRemoved() throws Exception {
        ringwall(0, "live", "add", "web/blocked", "127.0.0.1");
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
        Thread follower = new Thread(() -> new Ringwall(() -> LoaderHost.ofThisMachine(PINS), stream, stream)
                .execute("events", "web", "--follow"));
        follower.start();
        connect();
        Guard.await("a record is printed", () -> said.size() > 0);
        assertThat(said.toString(StandardCharsets.UTF_8))
                .contains("deny connect4")
                .hasLineCount(1);
        assertThat(ringwall(3, "events", "web"))
                .contains("the records of `web@main` are being read by process "
                        + ProcessHandle.current().pid());
        assertThat(ringwall(0, "remove", "web", "--json"))
                .isEqualTo("{\"policy\":\"web\",\"instance\":\"main\",\"removed\":true}\n");
        Guard.ended(follower);
    }

    /** Connects to 127.0.0.1:9 from a process in the cgroup and ignores the result. */
    private void connect() throws IOException, InterruptedException {
        String script = "import socket\ns=socket.socket()\ntry:\n s.connect(('127.0.0.1',9))\nexcept OSError:\n pass\n";
        Process child = new ProcessBuilder(
                        "/bin/sh",
                        "-c",
                        "echo $$ > \"$0\" && exec \"$@\"",
                        cgroup.path().resolve("cgroup.procs").toString(),
                        "python3",
                        "-c",
                        script)
                .inheritIO()
                .start();
        assertThat(child.waitFor()).isZero();
    }

    private String ringwall(int code, String... args) {
        return with("", code, args);
    }

    private String with(String input, int code, String... args) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
        ByteArrayInputStream in = new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8));
        int exit = new Ringwall(() -> LoaderHost.ofThisMachine(PINS), in, stream, stream).execute(args);
        String text = said.toString(StandardCharsets.UTF_8);
        assertThat(exit).as(text).isEqualTo(code);
        return text;
    }
}
