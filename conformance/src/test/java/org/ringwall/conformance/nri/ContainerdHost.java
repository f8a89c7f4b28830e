// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.nri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.testkit.GoldenCase;

/**
 * A containerd with NRI that runs below a cgroup of the test, with an image of busybox. It starts
 * again when it is ended. Containers have the test's network.
 */
final class ContainerdHost implements AutoCloseable {
    /** Debian's, whose packages are seen by no other. */
    private static final String PYTHON = "/usr/bin/python3";

    private static final int SECONDS = 60;
    private static final int PAUSE_MS = 50;

    private final Path dir;
    private final ChildCgroup cgroup = ChildCgroup.make();
    private final Process process;

    private ContainerdHost(Path dir) throws IOException {
        this.dir = dir;
        this.process = new ProcessBuilder(script("host.sh"), cgroup.path().toString(), dir.toString())
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve("host").toFile())
                .start();
    }

    /** Starts containerd with its files in an empty directory. */
    static ContainerdHost start(Path dir) throws IOException, InterruptedException {
        assumeTrue(
                new ProcessBuilder(PYTHON, "-c", "import grpc").start().waitFor() == 0,
                "python3-grpcio is not installed, which calls containerd");
        ContainerdHost host = new ContainerdHost(dir);
        try {
            host.awaitUp();
            command(PYTHON, script("image.py"), dir.resolve("image.tar").toString());
            command(
                    "ctr",
                    "-a",
                    host.socket(),
                    "-n",
                    "k8s.io",
                    "images",
                    "import",
                    dir.resolve("image.tar").toString());
            return host;
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            host.close();
            throw e;
        }
    }

    private static String script(String name) {
        return GoldenCase.projectRoot()
                .resolve("conformance/containerd")
                .resolve(name)
                .toString();
    }

    private String socket() {
        return dir.resolve("containerd.sock").toString();
    }

    /** Returns the socket for NRI plugins. */
    Path nri() {
        return dir.resolve("nri.sock");
    }

    private void awaitUp() throws IOException, InterruptedException {
        await(
                "containerd answers",
                () -> Files.exists(dir.resolve("pid"))
                        && new ProcessBuilder("ctr", "-a", socket(), "version")
                                        .redirectErrorStream(true)
                                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                                        .start()
                                        .waitFor()
                                == 0);
    }

    /** Waits until something is true. */
    static void await(String what, Callable<Boolean> condition) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        try {
            while (!condition.call()) {
                assertThat(System.nanoTime()).as(what).isLessThan(end);
                Thread.sleep(PAUSE_MS);
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    /** Ends containerd by SIGKILL, and waits until the next one answers. */
    void restart() throws IOException, InterruptedException {
        String before = Files.readString(dir.resolve("pid"));
        new ProcessBuilder("kill", "-9", before.strip()).start().waitFor();
        await(
                "containerd was started again",
                () -> !Files.readString(dir.resolve("pid")).equals(before));
        awaitUp();
    }

    /** What a command printed on both streams, and its exit code. */
    record Outcome(int code, String output) {}

    private static Outcome run(List<String> words) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.waitFor(), output.strip());
    }

    private static String command(String... words) throws IOException, InterruptedException {
        Outcome outcome = run(List.of(words));
        assertThat(outcome.code()).as(outcome.output()).isZero();
        return outcome.output();
    }

    private Outcome cri(List<String> words) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of(PYTHON, script("cri.py"), socket()));
        all.addAll(words);
        return run(all);
    }

    /**
     * Creates a pod with one container, which does not run yet.
     *
     * @param pod the annotations of the pod, as JSON
     * @param own the annotations of the container, as JSON
     * @param shell the command that it runs by a shell
     * @return the outcome, whose output is the container's id
     */
    Outcome create(String name, String pod, String own, String shell) throws IOException, InterruptedException {
        return cri(List.of("create", name, pod, own, "--", "sh", "-c", shell));
    }

    /** Runs a container whose first instruction is the command of a shell; returns its id. */
    String run(String name, String pod, String shell) throws IOException, InterruptedException {
        Outcome created = create(name, pod, "{}", shell);
        assertThat(created.code()).as(created.output()).isZero();
        Outcome started = start(created.output());
        assertThat(started.code()).as(started.output()).isZero();
        return created.output();
    }

    Outcome start(String container) throws IOException, InterruptedException {
        return cri(List.of("start", container));
    }

    /** Stops and removes a container. */
    void remove(String container) throws IOException, InterruptedException {
        assertThat(cri(List.of("stop", container)).output()).isEmpty();
        assertThat(cri(List.of("remove", container)).output()).isEmpty();
    }

    /** Returns what the containers of a pod have printed. */
    String log(String name) throws IOException {
        Path log = dir.resolve(name + ".log");
        return Files.exists(log) ? Files.readString(log) : "";
    }

    /** Returns containerd's messages. */
    String messages() throws IOException {
        return Files.readString(dir.resolve("log"));
    }

    @Override
    public void close() throws IOException, InterruptedException {
        Files.createFile(dir.resolve("stop"));
        cri(List.of("clean"));
        if (Files.exists(dir.resolve("pid"))) {
            run(List.of("kill", Files.readString(dir.resolve("pid")).strip()));
        } else {
            process.destroy();
        }
        process.waitFor(SECONDS, TimeUnit.SECONDS);
        cgroup.close();
    }
}
