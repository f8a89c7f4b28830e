// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.why;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.loader.model.InputException;
import org.ringwall.sys.Host;
import org.ringwall.sys.Syscalls;
import org.ringwall.testkit.HangGuard;
import org.ringwall.testkit.KernelTest;

/**
 * A test that links in the root directory of a process do not leave it, and that only devices and
 * files of proc are examined.
 */
@KernelTest
@HangGuard
class ProcessFilesKernelTest {
    @TempDir
    private Path root = Path.of("");

    private final Host host = new Host(Syscalls.ofThisMachine());

    @BeforeEach
    void make() throws IOException, InterruptedException {
        Files.createDirectories(root.resolve("dev"));
        Files.createDirectories(root.resolve("proc/sys/kernel"));
        // What /dev/zero is inside has another number on the host.
        command("mknod", root.resolve("dev/zero").toString(), "c", "1", "8");
    }

    @AfterEach
    void close() {
        host.close();
    }

    private static void command(String... words) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder(words).inheritIO().start().waitFor()).isEqualTo(0);
    }

    private void link(String name, String target) throws IOException {
        Files.createSymbolicLink(root.resolve(name), Path.of(target));
    }

    private Probe probe(Path in, String words) {
        return Probe.read(List.of(words), new ProcessFiles(host, in));
    }

    private List<String> notes(String words) {
        return probe(root, words).notes();
    }

    private void assertUnread(String name) {
        assertThat(notes("read " + name)).containsExactly("`" + name + "` cannot be read here");
        assertThat(probe(root, "read " + name)
                        .attempts()
                        .get(0)
                        .sysctl()
                        .orElseThrow()
                        .current())
                .isEmpty();
    }

    @Test
    void linksToDevicesAreResolvedInTheRoot() throws IOException {
        link("dev/link", "/dev/zero");
        link("dev/up", "../../../../../../dev/zero");
        for (String path : List.of("/dev/zero", "/dev/link", "/dev/up", "dev/link")) {
            assertThat(notes("open " + path + " r")).as(path).containsExactly("`" + path + "` is char 1:8");
        }
        link("dev/outside", root.resolve("dev/zero").toString());
        assertThatThrownBy(() -> notes("open /dev/outside r")).isInstanceOf(InputException.class);
        assertThat(probe(Path.of("/"), "open /dev/zero r").notes()).containsExactly("`/dev/zero` is char 1:5");
    }

    @Test
    void aFileThatIsNotADeviceIsRefused() throws IOException {
        Files.writeString(root.resolve("dev/null"), "");
        assertThatThrownBy(() -> notes("open /dev/null r")).hasMessage("`/dev/null` is not a device of this host");
        assertThat(notes("open /dev/full r")).as("of the kernel's list").containsExactly("`/dev/full` is char 1:7");
    }

    @Test
    void onlyFilesOfProcAreReadAsSysctls() throws IOException, InterruptedException {
        command("mkfifo", root.resolve("proc/sys/kernel/fifo").toString());
        command("mknod", root.resolve("proc/sys/kernel/zero").toString(), "c", "1", "5");
        Files.writeString(root.resolve("proc/sys/kernel/file"), "text");
        link("proc/sys/kernel/secret", "/etc/shadow");
        link("proc/sys/kernel/host", "/proc/sys/kernel/ostype");
        link("proc/sys/kernel/endless", "/dev/zero");
        for (String name : List.of("fifo", "zero", "file", "secret", "host", "endless", "absent")) {
            assertUnread("kernel/" + name);
        }
        assertThat(new String(
                        probe(Path.of("/"), "read kernel/ostype")
                                .attempts()
                                .get(0)
                                .sysctl()
                                .orElseThrow()
                                .current()
                                .orElseThrow()
                                .toArray(),
                        java.nio.charset.StandardCharsets.US_ASCII))
                .isEqualTo("Linux\n");
    }
}
