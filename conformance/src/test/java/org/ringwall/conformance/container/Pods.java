// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.container;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.Guard;
import org.ringwall.testkit.Tier;

/**
 * Pods that are started by the Kubernetes interface of containerd on a {@link ContainerHost}
 * ({@code conformance/containers/cri.py}).
 */
final class Pods {
    /** What pods need on a test host, whose root lacks a capability and which has no network. */
    static final String SETTINGS = """

            [plugins."io.containerd.grpc.v1.cri"]
              sandbox_image = "docker.io/library/busybox:latest"
              restrict_oom_score_adj = true
              disable_apparmor = true
            """;

    static final String IMAGE = "docker.io/library/busybox:latest";

    /** Debian's, whose packages no other sees. */
    private static final String PYTHON = "/usr/bin/python3";

    private final ContainerHost host;
    private final Path dir;

    /** Skips the test if the client lacks its library; if tools are required, the test fails. */
    Pods(ContainerHost host, Path dir) {
        this.host = host;
        this.dir = dir;
        assumeTrue(
                Tier.TOOLS.required() || host.run(PYTHON + " -c 'import grpc'").status() == 0,
                "python3-grpcio is not installed, which calls containerd");
    }

    private Command cri(String... words) {
        String quoted = Stream.of(words)
                .map(word -> "'" + word.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" "));
        return host.run(
                PYTHON + " " + GoldenCase.projectRoot().resolve("conformance/containers/cri.py") + " " + quoted);
    }

    /**
     * Creates a pod with one container, which does not run yet.
     *
     * @param handler the runtime's name in the configuration of containerd
     * @param annotations those of the pod, as JSON
     * @param own the annotations of the container, as JSON
     * @param shell what the container runs by a shell
     * @return the command, whose output is the container's id
     */
    Command create(String name, String handler, String annotations, String own, String shell) {
        Command command = cri("create", name, handler, annotations, own, IMAGE, "sh", "-c", shell);
        return new Command(command.status(), command.output().strip());
    }

    /** Runs a pod with one container, and returns the container's id. */
    String run(String name, String handler, String annotations, String shell) {
        String container =
                create(name, handler, annotations, "{}", shell).succeeded().strip();
        start(container).succeeded();
        return container;
    }

    Command start(String container) {
        return cri("start", container);
    }

    /**
     * Stops and removes a container. Again, if containerd has stopped it and has not yet heard from
     * its shim that it ended.
     */
    void remove(String container) {
        Command removed = cri("remove", container);
        Guard.Moment end = Guard.fromNow();
        while (removed.output().contains("container is still running") && !end.reached()) {
            LockSupport.parkNanos(100_000_000);
            removed = cri("remove", container);
        }
        removed.succeeded();
    }

    /** Stops and removes a pod. */
    void removePod(String name) {
        cri("remove-pod", name).succeeded();
    }

    /** Returns what the containers of a pod have printed. */
    String log(String name) {
        Path log = dir.resolve("pods").resolve(name).resolve("app.log");
        try {
            return Files.exists(log) ? Files.readString(log) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
