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
import org.ringwall.loader.cgroup.KernelCgroups;
import org.ringwall.sys.Host;
import org.ringwall.sys.Syscalls;
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
            KernelCgroups.ofThisMachine(new Host(Syscalls.ofThisMachine())).mount();
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
                + " --runtime runc --log-level error --hooks-dir " + Files.createDirectory(dir.resolve("hooks.d"));
        here.put("/usr/share/containers/oci/hooks.d", dir.resolve("hooks.d").toString());
        here.put("/usr/bin/ringwall", hook().toString());
        here.put("sudo ringwall", named(podman) + " ringwall");
        here.put("{path: web.slice}", "{path: " + mount.relativize(web.path()) + "}");
        here.put("sudo podman run", podman + " run --pids-limit 0 --network none");
        here.put("sudo podman", podman);
        here.put("sudo mkdir", "mkdir");
        here.put("sudo tee", "tee");
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

    /** Returns the command of the hook, which a runtime starts with an empty environment. */
    private Path hook() throws IOException {
        return script(
                "ringwall-hook",
                "export RINGWALL_JOURNAL= PATH='" + System.getenv("PATH") + "'",
                "export JAVA_HOME='" + System.getProperty("java.home") + "'",
                "exec " + Document.root().resolve("bin/ringwall") + " \"$@\"");
    }

    private Path script(String name, String... lines) throws IOException {
        Path file = dir.resolve(name);
        Files.writeString(file, "#!/bin/sh\nset -e\n" + String.join("\n", lines) + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
        return file;
    }

    @Test
    void containersThatStartAtOnceAreAllJudgedAndLeaveNothing() throws IOException, InterruptedException {
        Files.writeString(
                dir.resolve("web.wall"),
                Document.of("docs/containers.md").blocks("wall", "").get(0));
        page.output("ringwallc compile web.wall -o web.o");
        page.output("ringwall apply web.o --cgroup " + web.path());
        Files.writeString(dir.resolve("hooks.d/ringwall.json"), """
                {"version": "1.0.0", "hook": {"path": "%s", "args": ["ringwall", "oci-hook", "web"]},
                 "when": {"always": true}, "stages": ["createRuntime", "poststop"]}
                """.formatted(dir.resolve("ringwall-hook")));
        String start = here.get("sudo podman run") + " --rm --cgroup-parent=/" + mount.relativize(db.path())
                + " --rootfs " + dir.resolve("root") + " nc -w 1 127.0.0.1 9";
        String all = page.output("for i in 1 2 3 4 5 6; do " + start + " & done; wait");
        assertThat(all.lines()).hasSize(6).allSatisfy(line -> assertThat(line).contains("Operation not permitted"));
        assertThat(page.output("ringwall status"))
                .contains("  " + web.path() + ": ")
                .doesNotContain(db.path().toString(), "lost");
        // A container without a cgroup of its own is in that of the caller.
        String shared = page.output("echo '{\"id\": \"c\", \"status\": \"creating\", \"pid\": '$$'}'"
                + " | ringwall oci-hook web; echo $?");
        assertThat(shared).contains("give the container a cgroup of its own").endsWith("\n3\n");
        assertThat(page.output("ringwall status")).doesNotContain("\n  " + mount + ": ");
    }

    @Test
    void everyCommandPrintsWhatThePageShows() throws IOException, InterruptedException {
        List<String> typed = page.run("docs/containers.md", () -> {});
        assertThat(typed).hasSize(31);
    }
}
