// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.hook;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.Effort;
import org.ringwall.bench.Installation;
import org.ringwall.bench.Scratch;
import org.ringwall.bench.TimedCommand;
import org.ringwall.bench.report.Figure;
import org.ringwall.bench.report.Summary;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.loader.cgroup.KernelCgroups;
import org.ringwall.sys.Host;
import org.ringwall.sys.Syscalls;

/**
 * A benchmark of the start of a container by podman with runc, from the start of podman to the
 * first output of the container, in milliseconds: with a hook that does nothing, with the hook of
 * `ringwall` and the agent, and with the hook alone. Needs root, a cgroup2 mount and a bpffs.
 */
public final class HookBenchmark {
    private static final double MILLI = 1e6;
    private static final String NO_OP = "no-op";
    private static final String AGENT = "ringwall, agent";
    private static final String ALONE = "ringwall, without agent";
    private static final int PATIENCE_MS = 20_000;
    private static final int PAUSE_MS = 10;

    private final Checkout checkout;
    private final Effort effort;
    private final String instance = "bench-" + ProcessHandle.current().pid();

    public HookBenchmark(Checkout checkout, Effort effort) {
        this.checkout = checkout;
        this.effort = effort;
    }

    /** Measures each hook in rounds, in turn, once before the first round without counting. */
    public List<Figure> run() {
        try (Scratch scratch = new Scratch();
                ChildCgroup base = ChildCgroup.make();
                ChildCgroup parent = ChildCgroup.make()) {
            Path dir = scratch.folder();
            Installation installation = Installation.in(checkout, dir);
            String ringwall = installation.ringwall().toString();
            Path object = dir.resolve("first.o");
            TimedCommand.run(List.of(
                    checkout.file("bin/ringwallc").toString(),
                    "compile",
                    checkout.file("samples/policies/first.wall").toString(),
                    "-o",
                    object.toString()));
            TimedCommand.run(List.of(
                    ringwall,
                    "apply",
                    object.toString(),
                    "--instance",
                    instance,
                    "--cgroup",
                    base.path().toString()));
            Path socket = dir.resolve("run/agent.sock");
            Process agent = agent(ringwall, socket);
            try {
                Map<String, List<String>> containers = containers(dir, parent, ringwall, socket);
                return figures("oci-hook-" + installation.kind(), rounds(containers));
            } finally {
                agent.destroy();
                TimedCommand.run(List.of(ringwall, "remove", "first@" + instance));
                clean(dir);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Process agent(String ringwall, Path socket) throws IOException {
        Process agent = new ProcessBuilder(ringwall, "agent", "--socket", socket.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        for (int i = 0; i < PATIENCE_MS / PAUSE_MS && !Files.exists(socket); i++) {
            pause();
        }
        return agent;
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns the words that run a container, by the name of its hook. */
    private Map<String, List<String>> containers(Path dir, ChildCgroup parent, String ringwall, Path socket)
            throws IOException {
        Path root = dir.resolve("root");
        for (String folder : List.of("bin", "etc", "proc", "sys", "dev")) {
            Files.createDirectories(root.resolve(folder));
        }
        Files.copy(Path.of("/bin/busybox"), root.resolve("bin/busybox"));
        Files.createSymbolicLink(root.resolve("bin/echo"), Path.of("busybox"));
        Path command = Files.writeString(
                dir.resolve("ringwall"),
                "#!/bin/sh\nexport RINGWALL_JOURNAL= PATH='" + System.getenv("PATH") + "' JAVA_HOME='"
                        + System.getProperty("java.home") + "'\nexec " + ringwall + " \"$@\"\n");
        Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwx------"));
        String policy = "first@" + instance;
        Map<String, List<String>> hooks = new LinkedHashMap<>();
        hooks.put(NO_OP, List.of("/bin/true"));
        hooks.put(
                AGENT,
                List.of(command.toString(), "oci-hook", "--agent", "required", "--socket", socket.toString(), policy));
        hooks.put(ALONE, List.of(command.toString(), "oci-hook", "--agent", "never", policy));
        Path mount =
                KernelCgroups.ofThisMachine(new Host(Syscalls.ofThisMachine())).mount();
        Map<String, List<String>> containers = new LinkedHashMap<>();
        for (Map.Entry<String, List<String>> hook : hooks.entrySet()) {
            Path folder = Files.createDirectories(dir.resolve("hooks").resolve("h" + containers.size()));
            Files.writeString(folder.resolve("hook.json"), """
                    {"version": "1.0.0", "hook": {"path": "%s", "args": [%s]},
                     "when": {"always": true}, "stages": ["createRuntime", "poststop"]}
                    """.formatted(
                            hook.getValue().get(0), "\"" + String.join("\", \"", hook.getValue()) + "\""));
            List<String> words = podman(dir);
            words.addAll(List.of("--hooks-dir", folder.toString(), "run", "--rm", "--pids-limit", "0"));
            words.addAll(List.of("--network", "none", "--cgroup-parent", "/" + mount.relativize(parent.path())));
            words.addAll(List.of("--rootfs", root.toString(), "echo", "begun"));
            containers.put(hook.getKey(), words);
        }
        return containers;
    }

    private static List<String> podman(Path dir) {
        return new ArrayList<>(List.of(("podman --root " + dir.resolve("store") + " --runroot " + dir.resolve("state")
                        + " --tmpdir " + dir.resolve("tmp") + " --storage-driver vfs --cgroup-manager cgroupfs"
                        + " --events-backend file --runtime runc --log-level error")
                .split(" ", -1)));
    }

    private static void clean(Path dir) {
        List<String> words = podman(dir);
        words.addAll(List.of("rm", "--force", "--all"));
        TimedCommand.run(words);
    }

    private Map<String, List<Double>> rounds(Map<String, List<String>> containers) throws IOException {
        Map<String, List<Double>> all = new LinkedHashMap<>();
        // Starts of containers vary more than those of processes.
        for (int round = 0; round <= 2 * effort.rounds(); round++) {
            for (Map.Entry<String, List<String>> each : containers.entrySet()) {
                double took = firstOutput(each.getValue());
                if (round > 0) {
                    all.computeIfAbsent(each.getKey(), key -> new ArrayList<>()).add(took);
                }
            }
        }
        return all;
    }

    private static double firstOutput(List<String> words) throws IOException {
        long start = System.nanoTime();
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String first = out.readLine();
            double took = (System.nanoTime() - start) / MILLI;
            if (!"begun".equals(first) || process.waitFor() != 0) {
                throw new IllegalStateException("the container did not start: " + first);
            }
            return took;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Returns the times, and of each round what a hook adds to that of the hook without effect. */
    private static List<Figure> figures(String workload, Map<String, List<Double>> all) {
        List<Figure> figures = new ArrayList<>();
        List<Double> base = all.getOrDefault(NO_OP, List.of());
        all.forEach((name, times) -> {
            figures.add(new Figure(workload, 0, name, "ms", Summary.of(times)));
            if (!name.equals(NO_OP)) {
                List<Double> added = new ArrayList<>();
                for (int i = 0; i < times.size(); i++) {
                    added.add(times.get(i) - base.get(i));
                }
                figures.add(new Figure(workload, 0, name, "added ms", Summary.of(added)));
            }
        });
        return figures;
    }
}
