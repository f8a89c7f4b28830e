// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Sha256;
import org.ringwall.testkit.KernelTest;

/** The lifecycle of a policy by commands, with pins in a folder of the test. */
@KernelTest
class ApplyCommandKernelTest {
    private static final String TAG = "rwcli-" + ProcessHandle.current().pid();
    private static final Path PINS = BpffsPins.MOUNT.resolve(TAG);

    @TempDir
    Path dir = Path.of("");

    private final LoaderHost host = LoaderHost.ofThisMachine(PINS);
    private final Cgroup cgroup = host.hierarchy().create(host.cgroups().own(), TAG);
    private String object = "";

    @BeforeEach
    void compile() throws IOException {
        Path file = dir.resolve("deny.o");
        Files.write(file, ObjectWriter.write(TestObjects.denyPort("web", 9)));
        object = file.toString();
    }

    @AfterEach
    void clean() {
        host.hierarchy().remove(cgroup);
        host.pins().removeFolder(host.pins().root());
        host.pins().removeFolder(PINS);
        host.close();
    }

    @Test
    void appliesUpgradesReportsAndRemoves() throws IOException {
        assertThat(ringwall(0, "apply", object, "--cgroup", cgroup.toString()))
                .isEqualTo("web@main: in force, generation 1\n  " + cgroup + ": connect4 connect6\n");
        assertThat(ringwall(0, "apply", object, "--param", "port=10"))
                .isEqualTo("web@main: in force, generation 2\n  " + cgroup + ": connect4 connect6\n");
        assertThat(ringwall(0, "apply", object, "--cgroup", cgroup.toString(), "--instance", "second", "--json"))
                .startsWith("{\"policy\":\"web\",\"instance\":\"second\",\"generation\":1,\"cgroups\":[\"" + cgroup)
                .contains("`web@main` runs before this policy at connect4 connect6 of");
        assertThat(ringwall(0, "status"))
                .matches("web@main: in force, generation 2\n" + origin("--param port=10") + places()
                        + "web@second: in force, generation 1\n"
                        + origin("--cgroup " + cgroup + " --instance second --json") + places());
        assertThat(ringwall(0, "status", "--json"))
                .contains("\"object\":\"" + Sha256.hex(Files.readAllBytes(Path.of(object))) + "\"")
                .contains("\"command\":\"ringwall apply " + object + " --param port=10\"");
        assertThat(ringwall(0, "rates", "web")).isEqualTo("ringwall: note: `web@main` has no rates\n");
        assertThat(ringwall(0, "counters", "web")).isEqualTo("ringwall: note: `web@main` has no counters\n");
        assertThat(ringwall(0, "remove", "web")).isEqualTo("web@main: removed\n");
        assertThat(ringwall(1, "remove", "web"))
                .isEqualTo("ringwall: there is no `web@main` on this host\n"
                        + "  help: ringwall status lists what is in force, ringwall apply puts a policy in force\n");
        assertThat(ringwall(0, "remove", "web@second")).isEqualTo("web@second: removed\n");
        assertThat(ringwall(0, "status")).isEqualTo("no policy is in force\n");
    }

    @Test
    void dryRunLoadsAndLeavesNothing() {
        assertThat(ringwall(0, "apply", object, "--cgroup", cgroup.toString(), "--dry-run"))
                .isEqualTo("web@main: can be applied here\n  " + cgroup + ": connect4 connect6\n");
        assertThat(Files.exists(PINS)).isFalse();
    }

    @Test
    void statusCheckExitsWithFourIfNotEnforced() throws IOException {
        assertThat(ringwall(0, "status", "--check")).isEqualTo("no policy is in force\n");
        Cgroup second = host.hierarchy().create(cgroup, "second");
        ringwall(0, "apply", object, "--cgroup", cgroup.toString(), second.toString());
        ringwall(0, "status", "--check");
        ringwall(0, "monitor", "web", "--for", "5m");
        assertThat(ringwall(4, "status", "--check")).contains("monitored for another");
        ringwall(0, "status");
        ringwall(0, "enforce", "web");
        ringwall(0, "status", "--check");
        Path pin;
        try (Stream<Path> pins = Files.walk(PINS.resolve("v1/web@main"))) {
            pin = pins.filter(each -> each.endsWith(String.format(Locale.ROOT, "connect6-%016x", cgroup.id())))
                    .findFirst()
                    .orElseThrow();
        }
        try (Fd link = host.bpf().objGet(pin)) {
            host.bpf().linkDetach(link);
        }
        assertThat(ringwall(4, "status", "--check")).contains("another process detached connect6");
        assertThat(ringwall(4, "status", "--check", "--json")).contains("\"missing\":[\"connect6\"]");
        ringwall(0, "status");
        ringwall(0, "apply", object, "--reset-params");
        ringwall(0, "status", "--check");
        host.hierarchy().remove(second);
        assertThat(ringwall(4, "status", "--check")).contains("lost: the cgroup was removed");
        ringwall(0, "status");
        ringwall(0, "remove", "web");
    }

    @Test
    void controlCharactersInCgroupNamesAreEscaped() {
        Cgroup odd = host.hierarchy().create(cgroup, "a\u001b[31m\u009b\\x2d");
        String shown = cgroup + "/a\\x1b[31m\\xc2\\x9b\\x2d";
        assertThat(ringwall(0, "apply", object, "--cgroup", odd.path().toString()))
                .isEqualTo("web@main: in force, generation 1\n  " + shown + ": connect4 connect6\n");
        assertThat(ringwall(0, "status")).contains("  " + shown + ": connect4 connect6\n");
        assertThat(ringwall(0, "status", "--json"))
                .doesNotContain("\u001b", "\u009b")
                .contains("[31m");
        ringwall(0, "remove", "web");
        host.hierarchy().remove(odd);
        assertThat(ringwall(3, "apply", object, "--cgroup", odd.path().toString()))
                .startsWith("ringwall: there is no cgroup `" + shown + "`\n");
    }

    @Test
    void invalidCgroupsAndParametersAreExplained() {
        assertThat(ringwall(1, "apply", object)).contains("not in force", "help: name one: --cgroup PATH, --pid PID");
        assertThat(ringwall(3, "apply", object, "--cgroup", "/tmp")).contains("is not below a cgroup2 mount");
        assertThat(ringwall(1, "apply", object, "--cgroup", cgroup.toString(), "--param", "port=70000"))
                .contains("outside the range of param `port`");
    }

    /** Returns a pattern for the lines of an apply of this object by this process. */
    private String origin(String options) throws IOException {
        return "  applied: \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ by uid 0[^:]*: "
                + Pattern.quote("ringwall apply " + object + " " + options) + "\n  object: SHA-256 "
                + Sha256.hex(Files.readAllBytes(Path.of(object))) + "\n";
    }

    private String places() {
        return "  " + Pattern.quote(cgroup.toString()) + ": connect4 connect6\n";
    }

    private String ringwall(int code, String... args) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
        int exit = new Ringwall(() -> LoaderHost.ofThisMachine(PINS), stream, stream).execute(args);
        String text = said.toString(StandardCharsets.UTF_8);
        assertThat(exit).as(text).isEqualTo(code);
        return text;
    }
}
