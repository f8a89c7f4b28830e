// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.loader.fixtures.KernelBox;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.testkit.KernelTest;

/** What a new version inherits by default: the values of parameters, and monitor mode. */
@KernelTest
class UpgradeChoicesKernelTest {
    private final KernelBox box = new KernelBox();

    @TempDir
    Path dir = Path.of("");

    @AfterEach
    void clean() {
        box.close();
    }

    @Test
    void keepsParameterValuesUntilReset() {
        Cgroup cgroup = box.cgroup("a");
        int open = box.listen();
        int closed = box.listen();
        String object = object("port 1..65535 = " + open, open);
        ringwall(0, "apply", object, "--cgroup", cgroup.toString(), "--param", "port=" + closed);
        assertThat(box.connect(cgroup, closed)).isEqualTo("EPERM");
        assertThat(ringwall(0, "status")).contains("  params: port=" + closed + "\n");
        assertThat(ringwall(0, "status", "--json")).contains("\"params\":{\"port\":" + closed + "}");

        ringwall(0, "apply", object);
        assertThat(box.connect(cgroup, closed)).isEqualTo("EPERM");
        assertThat(box.connect(cgroup, open)).isEqualTo("ok");
        assertThat(ringwall(0, "status")).contains("generation 2\n  params: port=" + closed + "\n");

        ringwall(0, "apply", object, "--reset-params");
        assertThat(box.connect(cgroup, open)).isEqualTo("EPERM");
        assertThat(box.connect(cgroup, closed)).isEqualTo("ok");
        ringwall(0, "apply", object, "--reset-params", "--param", "port=" + closed);
        assertThat(box.connect(cgroup, closed)).isEqualTo("EPERM");
    }

    @Test
    void refusesAKeptValueThatTheNewVersionRejects() {
        Cgroup cgroup = box.cgroup("a");
        ringwall(0, "apply", object("port 1..65535 = 80", 80), "--cgroup", cgroup.toString(), "--param", "port=70");
        String narrower = object("port 80..90 = 85", 85);
        List<String> before = box.pins();
        for (String[] words : List.of(
                new String[] {"apply", narrower},
                new String[] {"apply", narrower, "--dry-run", "--cgroup", cgroup.toString()})) {
            assertThat(ringwall(1, words))
                    .isEqualTo(
                            "ringwall: param `port` has the value 70 in force, but the new version accepts only 80..90\n"
                                    + "  help: --param port=N sets a new value, --reset-params uses the new version's default: 85\n");
        }
        assertThat(ringwall(1, "apply", object("uid 1..65535 = 80", 80)))
                .isEqualTo(
                        "ringwall: param `port` is a `port` in force, but a `uid` in the new version\n"
                                + "  help: --param port=N sets a new value, --reset-params uses the new version's default: 80\n");
        assertThat(box.pins()).isEqualTo(before);
        assertThat(ringwall(0, "status")).contains("generation 1\n  params: port=70\n");
        ringwall(0, "apply", narrower, "--param", "port=81");
        assertThat(ringwall(0, "status")).contains("generation 2\n  params: port=81\n");
    }

    @Test
    void reportsThatANewDefaultIsNotUsed() {
        Cgroup cgroup = box.cgroup("a");
        ringwall(0, "apply", object("port 1..65535 = 80", 80), "--cgroup", cgroup.toString());
        assertThat(ringwall(0, "apply", object("port 1..65535 = 81", 81)))
                .contains("ringwall: note: param `port` keeps 80, the old default; the new version's default is 81;"
                        + " use it with --reset-params\n");
        assertThat(ringwall(0, "apply", object("port 1..65535 = 81", 81))).doesNotContain("note");
    }

    @Test
    void staysInMonitorModeUntilEnforcedAndReportsIt() {
        Cgroup cgroup = box.cgroup("a");
        int port = box.listen();
        String object = object("port 1..65535 = " + port, port);
        ringwall(0, "apply", object, "--cgroup", cgroup.toString());
        assertThat(box.connect(cgroup, port)).isEqualTo("EPERM");
        assertThat(ringwall(0, "apply", object, "--monitor", "15m", "--reason", "a look"))
                .contains("p@main: monitored until ", "generation 2", "nothing is denied")
                .doesNotContain("in force");
        assertThat(ringwall(0, "apply", object))
                .contains("p@main: monitored until ", "generation 3")
                .doesNotContain("in force");
        assertThat(ringwall(0, "apply", object, "--json"))
                .contains("\"generation\":4", "\"monitored\":{\"seconds\":", "\"reason\":\"a look\"");
        assertThat(ringwall(0, "status")).contains("generation 4, monitored for another ", "(a look)");
        assertThat(ringwall(2, "apply", object, "--monitor", "1m", "--enforce")).contains("--enforce");
        assertThat(ringwall(0, "apply", object, "--enforce")).contains("p@main: in force, generation 5\n");
        assertThat(ringwall(0, "status")).contains("in force, generation 5\n").doesNotContain("monitored");
        assertThat(ringwall(0, "apply", object, "--json")).doesNotContain("monitored");
    }

    /** Compiles a policy `p` that denies connects to the port of its param `port`. */
    private String object(String declaration, int preset) {
        TestObjects.Rodata rodata = new TestObjects.Rodata()
                .u32("ringwall_generation", 0)
                .u64("param_port", preset)
                .text("bpf_metadata_policy", "p")
                .text("bpf_metadata_abi", "1")
                .text("bpf_metadata_param_port", declaration);
        List<ProgramSpec> programs = List.of(TestObjects.denyPort("connect4_0123", "cgroup/connect4"));
        Path file = dir.resolve("p" + Integer.toHexString(declaration.hashCode()) + ".o");
        try {
            return Files.write(file, ObjectWriter.write(TestObjects.typed(rodata.section(), programs)))
                    .toString();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private String ringwall(int code, String... args) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
        int exit = new Ringwall(() -> LoaderHost.ofThisMachine(box.pinBase), stream, stream).execute(args);
        String text = said.toString(StandardCharsets.UTF_8);
        assertThat(exit).as(text).isEqualTo(code);
        return text;
    }
}
