// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.loader.cgroup.Cgroups;
import org.ringwall.loader.sys.Host;
import org.ringwall.loader.sys.Syscalls;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/**
 * A test of docs/containers.md: runs its commands with podman and runc, on a store and a root file
 * system of its own.
 */
@KernelTest
@ToolTest({"podman", "runc", "busybox"})
class ContainersKernelTest {
    @TempDir
    private Path dir = Path.of("");

    private final ChildCgroup web = ChildCgroup.make();
    private final ChildCgroup db = ChildCgroup.make();
    private final Path mount =
            Cgroups.ofThisMachine(new Host(Syscalls.ofThisMachine())).mount().point();
    private final Map<String, String> here = new LinkedHashMap<>();
    private ShellPage page = new ShellPage(dir, "", Map.of());

    @BeforeEach
    void prepare() throws IOException {
        Path root = dir.resolve("root");
        for (String folder : List.of("bin", "etc", "proc", "sys", "dev")) {
            Files.createDirectories(root.resolve(folder));
        }
        Files.copy(Path.of("/bin/busybox"), root.resolve("bin/busybox"));
        Files.createSymbolicLink(root.resolve("bin/nc"), Path.of("busybox"));
        Files.createSymbolicLink(root.resolve("bin/sleep"), Path.of("busybox"));
        String podman = "podman --root " + dir.resolve("store") + " --runroot " + dir.resolve("run") + " --tmpdir "
                + dir.resolve("tmp") + " --storage-driver vfs --cgroup-manager cgroupfs --events-backend file"
                + " --runtime runc --log-level error";
        here.put("sudo ringwall", named(podman) + " ringwall");
        here.put("{path: web.slice}", "{path: " + mount.relativize(web.path()) + "}");
        here.put("sudo podman run", podman + " run --pids-limit 0 --network none");
        here.put("sudo podman", podman);
        here.put(" busybox ", " --rootfs " + root + " ");
        here.put("/sys/fs/cgroup/web.slice", web.path().toString());
        here.put("/sys/fs/cgroup/db.slice", db.path().toString());
        here.put("=/web.slice", "=/" + mount.relativize(web.path()));
        here.put("=/db.slice", "=/" + mount.relativize(db.path()));
        page = new ShellPage(dir, "web.wall", here);
    }

    @AfterEach
    void clean() throws IOException, InterruptedException {
        page.output("ringwall remove web");
        page.output(here.get("sudo podman") + " rm --force --all --time 0");
        db.close();
        web.close();
    }

    /**
     * Returns a command that runs another one where `/usr/bin/podman` has this test's store.
     *
     * @param podman the command and options of that podman
     */
    private String named(String podman) throws IOException {
        Path real = Files.createFile(dir.resolve("podman-real"));
        Path stored = script("podman-stored", "exec " + podman.replaceFirst("podman", real.toString()) + " \"$@\"");
        Path command = script(
                "named",
                "mount --bind /usr/bin/podman " + real,
                "mount --bind " + stored + " /usr/bin/podman",
                "exec \"$@\"");
        return "unshare --mount --propagation private " + command;
    }

    private Path script(String name, String... lines) throws IOException {
        Path file = dir.resolve(name);
        Files.writeString(file, "#!/bin/sh\nset -e\n" + String.join("\n", lines) + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
        return file;
    }

    @Test
    void everyCommandPrintsWhatThePageShows() throws IOException, InterruptedException {
        List<String> typed = page.run("docs/containers.md", () -> {});
        assertThat(typed).hasSize(24);
    }
}
