// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.container;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.ringwall.bpf.json.Json;
import org.ringwall.conformance.kernel.InnerHost;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.Guard;
import org.ringwall.testkit.Soak;

/**
 * A host for container engines inside of this machine, with cgroups of version 2 alone, a bpffs and
 * a network of its own. This checkout's command and runtime are installed on it ({@code
 * conformance/containers/host.sh}); its {@code systemctl} starts engines.
 */
public final class ContainerHost extends InnerHost {
    /** A directory with the root file system of a container, which has busybox. */
    private static final String ROOT = "rootfs";

    private static final String LOG = "host.log";

    private static final List<String> APPLETS = List.of("nc", "sh", "sleep", "true", "cat", "wc");
    private static final int COMMAND_SECONDS = 60 * Soak.size(Guard.MINUTES, 2 * Guard.MINUTES);

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

    private final String leader;

    private ContainerHost(Path dir, Map<String, byte[]> files) throws IOException {
        super("conformance/containers/host.sh", dir, files, LOG);
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
            rootFileSystem(dir.resolve(ROOT));
            Map<String, byte[]> contents = new HashMap<>();
            files.forEach((path, text) -> contents.put(path, text.getBytes(StandardCharsets.UTF_8)));
            return new ContainerHost(dir, contents);
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
        Guard.Moment end = Guard.fromNow();
        while (!Files.exists(dir().resolve("ready"))) {
            if (!isAlive() || end.reached()) {
                throw new AssertionError("the host is not complete: " + Files.readString(dir().resolve(LOG)));
            }
            pause();
        }
        return Files.readAllLines(cgroup().resolve("host/cgroup.procs")).get(0);
    }

    /** Returns the directory with the root file system of a container. */
    public Path root() {
        return dir().resolve(ROOT);
    }

    @Override
    public List<String> words(String script) {
        return new ArrayList<>(List.of(
                "env",
                "DIR=" + dir(),
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

    /** Starts docker, with an image {@code busybox}. */
    public void startDocker() {
        succeeds("systemctl start docker && tar -C " + root()
                + " -c . | docker import --change 'ENV PATH=/bin' - busybox");
    }

    /** Starts containerd, with an image {@code busybox} for ctr and for Kubernetes. */
    public void startContainerd() {
        succeeds("systemctl start containerd && tar -C " + root() + " -cf layer.tar . && " + IMAGE);
    }

    /** Starts the resident agent with further options, and waits until it serves. */
    void startAgent(String options) {
        succeeds("rm -f agent.out; sh -c 'echo $$ >agent.pid; exec ringwall agent " + options
                + "' </dev/null >agent.out 2>&1 &");
        await("grep -F 'serving commands' agent.out || { cat agent.out; false; }");
    }

    /** Kills the agent. */
    void killAgent() {
        succeeds("kill -KILL $(cat agent.pid); while kill -0 $(cat agent.pid) 2>/dev/null; do sleep 0.1; done");
    }

    /** Compiles a policy and puts it in force on an empty cgroup that stays. */
    public void apply(String name, String text) {
        try {
            Files.writeString(dir().resolve(name + ".wall"), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String slice = "/sys/fs/cgroup/" + name + ".slice";
        succeeds("ringwallc compile " + name + ".wall -o " + name + ".o && mkdir -p " + slice + " && ringwall apply "
                + name + ".o --cgroup " + slice);
    }
}
