// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.loader.cgroup.KernelCgroups;
import org.ringwall.sys.Host;
import org.ringwall.sys.Syscalls;
import org.ringwall.testkit.Command;

/**
 * Podman with runc, a store of its own, and an OCI hook that calls the loader's classes. The root
 * file system of its containers has busybox only.
 */
final class Podman implements AutoCloseable {
    private static final String OPTIONS =
            "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData -Xshare:auto -Xmx64m -cp ";

    private final Path dir;
    private final ChildCgroup parent = ChildCgroup.make();
    private final Path mount =
            KernelCgroups.ofThisMachine(new Host(Syscalls.ofThisMachine())).mount();

    /**
     * Creates a store.
     *
     * @param dir an empty directory
     */
    Podman(Path dir) throws IOException {
        this.dir = dir;
        Path root = dir.resolve("root");
        for (String folder : List.of("bin", "etc", "proc", "sys", "dev")) {
            Files.createDirectories(root.resolve(folder));
        }
        Files.copy(Path.of("/bin/busybox"), root.resolve("bin/busybox"));
        for (String name : List.of("nc", "sleep", "sh", "true")) {
            Files.createSymbolicLink(root.resolve("bin").resolve(name), Path.of("busybox"));
        }
        script(
                "hook",
                "export RINGWALL_JOURNAL= PATH='" + System.getenv("PATH") + "'",
                "exec " + java() + " org.ringwall.host.cli.HookMain oci-hook $(cat " + dir.resolve("mode") + ")");
        Files.writeString(Files.createDirectory(dir.resolve("hooks.d")).resolve("ringwall.json"), """
                {"version": "1.0.0", "hook": {"path": "%s", "args": ["ringwall"], "timeout": 60},
                 "when": {"annotations": {"^org[.]ringwall[.]": ".*"}}, "stages": ["createRuntime", "poststop"]}
                """.formatted(
                        dir.resolve("hook")));
        setMode("");
    }

    /** Returns the words that start Java with the classes of this test. */
    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java") + " " + OPTIONS
                + System.getProperty("java.class.path");
    }

    /** Sets the options of the hook from now on. */
    void setMode(String options) throws IOException {
        Files.writeString(dir.resolve("mode"), options);
    }

    private void script(String name, String... lines) throws IOException {
        Path file = dir.resolve(name);
        Files.writeString(file, "#!/bin/sh\nset -e\n" + String.join("\n", lines) + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    /** Returns the directory of the cgroup below which all containers are. */
    Path parent() {
        return parent.path();
    }

    List<String> words(String... command) {
        String podman = "podman --root " + dir.resolve("store") + " --runroot " + dir.resolve("run") + " --tmpdir "
                + dir.resolve("tmp") + " --storage-driver vfs --cgroup-manager cgroupfs --events-backend file"
                + " --runtime runc --log-level error --hooks-dir " + dir.resolve("hooks.d");
        List<String> words = new ArrayList<>(List.of(podman.split(" ", -1)));
        words.addAll(List.of(command));
        return words;
    }

    /** Returns the words that run a command in a container whose annotation names this policy. */
    List<String> run(String policy, List<String> options, String... command) {
        List<String> words = words("run", "--pids-limit", "0", "--network", "none");
        words.addAll(List.of("--cgroup-parent", "/" + mount.relativize(parent.path())));
        words.addAll(List.of("--annotation", "org.ringwall.policy=" + policy));
        words.addAll(options);
        words.addAll(List.of("--rootfs", dir.resolve("root").toString()));
        words.addAll(List.of(command));
        return words;
    }

    /** Runs words to their end, in a network namespace with a loopback device. */
    Command command(List<String> words) {
        return Command.run(dir, words);
    }

    /** Returns the cgroups of containers, running or not yet removed. */
    List<Path> cgroups() {
        try (Stream<Path> all = Files.walk(parent.path())) {
            return all.filter(path -> String.valueOf(path.getFileName()).startsWith("libpod-"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        command(words("rm", "--force", "--all", "--time", "0"));
        parent.close();
    }
}
