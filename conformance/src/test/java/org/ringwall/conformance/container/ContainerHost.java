// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.container;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.ringwall.bpf.json.Json;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.Soak;

/**
 * A host for container engines inside of this machine, with cgroups of version 2 alone, a bpffs and
 * a network of its own. This checkout's command and runtime are installed on it ({@code
 * conformance/containers/host.sh}); its {@code systemctl} starts engines.
 */
public final class ContainerHost implements AutoCloseable {
    /** What a denied connection reports. */
    public static final String DENIED = "Operation not permitted";

    /** What a connection reports to a port where no process listens. */
    public static final String REFUSED = "Connection refused";

    /** A directory with the root file system of a container, which has busybox. */
    private static final String ROOT = "rootfs";

    private static final List<String> APPLETS = List.of("nc", "sh", "sleep", "true", "cat", "wc");
    private static final int START_SECONDS = 20;
    private static final int COMMAND_SECONDS = Soak.size(150, 900);
    private static final int PATIENCE_SECONDS = 40;
    private static final int PAUSE_MS = 50;

    /** Runs a command in all namespaces of process 1, and in its cgroup. */
    private static final String ENTER =
            "echo 0 >/sys/fs/cgroup/host/cgroup.procs && export RINGWALL_JOURNAL= && cd \"$DIR\""
                    + " && exec bash -c \"$@\"";

    /** Imports layer.tar as an image, by files of the form that `docker save` writes. */
    private static final String IMAGE = """
            cat >config.json <<END
            {"architecture": "amd64", "os": "linux", "config": {"Env": ["PATH=/bin"], "Cmd": ["sleep", "600"]},
             "rootfs": {"type": "layers", "diff_ids": ["sha256:$(sha256sum layer.tar | cut -d' ' -f1)"]}}
            END
            echo '[{"Config": "config.json", "RepoTags": ["busybox:latest"], "Layers": ["layer.tar"]}]' >manifest.json
            for namespace in default k8s.io; do
              tar -c manifest.json config.json layer.tar | ctr --namespace $namespace images import - || exit
            done
            """;

    private final Path dir;
    private final ChildCgroup cgroup = ChildCgroup.make();
    private final Process process;
    private final String leader;

    private ContainerHost(Path dir) throws IOException {
        this.dir = dir;
        this.process = new ProcessBuilder(
                        GoldenCase.projectRoot()
                                .resolve("conformance/containers/host.sh")
                                .toString(),
                        cgroup.path().toString(),
                        dir.toString(),
                        GoldenCase.projectRoot().toString())
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve("host.log").toFile())
                .start();
        try {
            this.leader = leader();
        } catch (IOException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /**
     * Makes a host.
     *
     * @param dir an empty directory; it has the same path on the host, and commands run in it
     * @param files the texts of files in addition to those of this machine, by path from the root
     *     directory
     */
    public static ContainerHost make(Path dir, Map<String, String> files) {
        try {
            for (Map.Entry<String, String> file : files.entrySet()) {
                Path path = dir.resolve("files").resolve(file.getKey());
                Files.createDirectories(path.getParent());
                Files.writeString(path, file.getValue());
            }
            rootFileSystem(dir.resolve(ROOT));
            return new ContainerHost(dir);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes the root file system of a container, which has busybox. */
    static void rootFileSystem(Path root) throws IOException {
        Path bin = Files.createDirectories(root.resolve("bin"));
        Files.copy(Path.of("/bin/busybox"), bin.resolve("busybox"));
        for (String applet : APPLETS) {
            Files.createSymbolicLink(bin.resolve(applet), Path.of("busybox"));
        }
        for (String folder : List.of("etc", "proc", "sys", "dev", "tmp")) {
            Files.createDirectories(root.resolve(folder));
        }
    }

    /**
     * Makes a bundle with the annotation of the policy {@code web}, for a runtime that is called
     * without an engine.
     *
     * @param cgroup the cgroup as the runtime's driver names it, or an empty text
     * @param words the command of the container
     */
    static void bundle(Path bundle, String cgroup, String... words) throws IOException {
        rootFileSystem(bundle.resolve(ROOT));
        Command.run(bundle, "runc", "spec").succeeded();
        Path config = bundle.resolve("config.json");
        String linux = "\"annotations\": {\"org.ringwall.policy\": \"web\"}, \"linux\": {";
        String command = Arrays.stream(words).map(Json::of).collect(Collectors.joining(", "));
        Files.writeString(
                config,
                Files.readString(config)
                        .replace("\"terminal\": true", "\"terminal\": false")
                        .replace(
                                "\"linux\": {",
                                cgroup.isEmpty() ? linux : linux + "\"cgroupsPath\": \"" + cgroup + "\",")
                        .replace("\"sh\"", command)
                        .replace("\"PATH=", "\"PATH=/bin:"));
    }

    /** Returns process 1 of the host once the host is complete. */
    private String leader() throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (!Files.exists(dir.resolve("ready"))) {
            if (!process.isAlive() || System.nanoTime() > end) {
                throw new AssertionError("the host is not complete: " + Files.readString(dir.resolve("host.log")));
            }
            pause();
        }
        return Files.readAllLines(cgroup.path().resolve("host/cgroup.procs")).get(0);
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Returns the directory with the root file system of a container. */
    public Path root() {
        return dir.resolve(ROOT);
    }

    /**
     * Returns the words that start a shell on the host with this text, as root. Further words are
     * the parameters of the text, from {@code $0}.
     */
    public List<String> words(String script) {
        return new ArrayList<>(List.of(
                "env",
                "DIR=" + dir,
                "timeout",
                Integer.toString(COMMAND_SECONDS),
                "nsenter",
                "--target",
                leader,
                "--mount",
                "--net",
                "--pid",
                "--cgroup",
                "bash",
                "-c",
                ENTER,
                "bash",
                "sudo() { \"$@\"; }; PATH=" + GoldenCase.projectRoot().resolve("bin") + ":$PATH; " + script));
    }

    /** Runs a text of a shell on the host as root. */
    public Command run(String script) {
        return Command.run(dir, words(script));
    }

    /** Runs a text of a shell that must succeed, and returns its output. */
    public String succeeds(String script) {
        return run(script).succeeded();
    }

    /** Waits until a text of a shell succeeds, because an engine needs a moment. */
    public void await(String script) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        Command command = run(script);
        while (command.status() != 0 && System.nanoTime() < end) {
            pause();
            command = run(script);
        }
        command.succeeded();
    }

    /** Starts docker, with an image {@code busybox}. */
    public void startDocker() {
        succeeds("systemctl start docker && tar -C " + root()
                + " -c . | docker import --change 'ENV PATH=/bin' - busybox");
    }

    /** Starts containerd, with an image {@code busybox} for ctr and for Kubernetes. */
    public void startContainerd() {
        succeeds("systemctl start containerd && tar -C " + root() + " -cf layer.tar . && " + IMAGE);
    }

    /** Compiles a policy and puts it in force on an empty cgroup that stays. */
    public void apply(String name, String text) {
        try {
            Files.writeString(dir.resolve(name + ".wall"), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String slice = "/sys/fs/cgroup/" + name + ".slice";
        succeeds("ringwallc compile " + name + ".wall -o " + name + ".o && mkdir -p " + slice + " && ringwall apply "
                + name + ".o --cgroup " + slice);
    }

    @Override
    public void close() {
        // --kill-child of unshare(1) ends every process of the host with it.
        process.destroyForcibly();
        try {
            process.waitFor();
            cgroup.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
