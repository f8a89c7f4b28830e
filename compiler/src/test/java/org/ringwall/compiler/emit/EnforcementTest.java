// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.emit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/** Emitted programs at real hooks, attached by bpftool to a cgroup of the test. */
@KernelTest
@ToolTest({"bpftool", "bash"})
class EnforcementTest {
    private static final String POLICY = """
            policy enforced
            requires kernel 6.1
            on connect4 {
              allow if proto == udp and remote.port in { 53, 8000..8099 }
              deny EACCES if remote.ip == 127.0.0.2
              default deny
            }
            sysctl {
              allow if read and name in { "kernel/ostype", "kernel/pid_max" }
              deny EACCES if name == "kernel/hostname"
              default deny
            }
            devices {
              allow r if dev == "/dev/zero"
              allow rw if dev == "/dev/null"
              default deny
            }
            """;

    private final String name =
            "ringwall-test-enforce-" + ProcessHandle.current().pid();
    private final Path pins = Path.of("/sys/fs/bpf", name);

    @TempDir
    Path folder;

    private Path cgroup = Path.of("/nowhere");

    @BeforeEach
    void attach() throws IOException {
        cgroup = Files.createDirectory(cgroupMount().resolve(name));
        Path file = folder.resolve("enforced.o");
        ToolRun.write(file, ObjectWriter.write(Compiled.object("enforced.wall", POLICY, Texts.NEW)));
        ToolRun.succeed("bpftool", "prog", "loadall", file.toString(), pins.toString());
        for (String program : ToolRun.names(pins)) {
            String type = switch (program.substring(0, program.lastIndexOf('_'))) {
                case "connect4" -> "connect4";
                case "sysctl" -> "sysctl";
                case "device" -> "device";
                default -> throw new AssertionError("unexpected program " + program);
            };
            String pin = pins.resolve(program).toString();
            ToolRun.succeed("bpftool", "cgroup", "attach", cgroup.toString(), type, "pinned", pin, "multi");
        }
    }

    @AfterEach
    void detach() throws IOException {
        ToolRun.remove(pins);
        // Removing a cgroup detaches its programs.
        Files.deleteIfExists(cgroup);
    }

    private static Path cgroupMount() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
            if (line.contains(" - cgroup2 ")) {
                return Path.of(List.of(line.split(" ")).get(4));
            }
        }
        throw new AssertionError("no cgroup2 mount");
    }

    /** Returns the output of a shell command in the cgroup; empty if it succeeds. */
    private String outputOf(String command) {
        return ToolRun.run("bash", "-c", "echo $$ > " + cgroup + "/cgroup.procs; " + command)
                .output();
    }

    @Test
    void connectsOnlyToListedPorts() {
        assertThat(outputOf("exec 3<>/dev/udp/127.0.0.1/8050")).isEmpty();
        assertThat(outputOf("exec 3<>/dev/udp/127.0.0.2/53")).isEmpty();
        assertThat(outputOf("exec 3<>/dev/udp/127.0.0.1/8100")).contains("Operation not permitted");
        assertThat(outputOf("exec 3<>/dev/udp/127.0.0.2/8100")).contains("Permission denied");
        assertThat(outputOf("exec 3<>/dev/tcp/127.0.0.1/8050")).contains("Operation not permitted");
    }

    @Test
    void readsOnlyListedSysctls() {
        assertThat(outputOf("read -r line < /proc/sys/kernel/ostype && echo $line"))
                .isEqualTo("Linux\n");
        assertThat(outputOf("read -r line < /proc/sys/kernel/pid_max && echo ok"))
                .isEqualTo("ok\n");
        assertThat(outputOf("cat /proc/sys/kernel/hostname")).contains("Permission denied");
        assertThat(outputOf("cat /proc/sys/kernel/osrelease")).contains("Operation not permitted");
        assertThat(outputOf("cat /proc/sys/kernel/version")).contains("Operation not permitted");
    }

    @Test
    void opensOnlyListedDevices() {
        assertThat(outputOf("head -c 1 /dev/zero > /dev/null")).isEmpty();
        assertThat(outputOf("echo > /dev/zero")).contains("Operation not permitted");
        assertThat(outputOf("head -c 1 /dev/full > /dev/null")).contains("Operation not permitted");
    }
}
