// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.container;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.ringwall.loader.model.CgroupException;

/** All containers of this host's runtimes. */
public final class Containers {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** How long output waits for names, which can be missing. */
    private static final Duration PATIENCE_FOR_NAMES = Duration.ofSeconds(3);

    private final List<ContainerRuntime> runtimes;

    Containers(List<ContainerRuntime> runtimes) {
        this.runtimes = List.copyOf(runtimes);
    }

    /** Returns the containers of podman as root, of the Docker engine and of containerd. */
    public static Containers ofThisHost() {
        return ofThisHost(PATIENCE);
    }

    /** Returns the same containers, of runtimes that answer soon. */
    static Containers forNames() {
        return ofThisHost(PATIENCE_FOR_NAMES);
    }

    private static Containers ofThisHost(Duration patience) {
        return new Containers(List.of(
                new PodmanCommand(Path.of("/usr/bin/podman"), patience),
                new DockerSocket(Path.of("/run/docker.sock"), patience),
                new ContainerdSocket(Path.of("/run/containerd/containerd.sock"), patience)));
    }

    /**
     * Returns the containers that a query matches. A runtime that does not answer is an error, as
     * its containers could match.
     *
     * @throws CgroupException if there is no runtime, or one does not answer
     */
    public List<Container> matching(ContainerQuery query) {
        List<ContainerRuntime> present =
                runtimes.stream().filter(ContainerRuntime::present).toList();
        if (present.isEmpty()) {
            throw new CgroupException(
                    "there is no container runtime to look for the " + query,
                    "install podman, or start docker or containerd; containers of other runtimes are named by --cgroup");
        }
        List<Container> found = new ArrayList<>();
        for (ContainerRuntime runtime : present) {
            try {
                runtime.containers().stream().filter(query::matches).forEach(found::add);
            } catch (IOException e) {
                throw new CgroupException(
                        "cannot list the containers of " + runtime.name() + ": " + e.getMessage(),
                        "check that it works: " + runtime.check());
            }
        }
        return found;
    }

    /** Returns the containers of all runtimes that answer. */
    List<Container> known() {
        return known(runtimes);
    }

    /** Returns the containers, as {@link #known}, of runtimes that let their clients choose ids. */
    List<Container> named() {
        return known(runtimes.stream().filter(runtime -> !runtime.choosesIds()).toList());
    }

    private static List<Container> known(List<ContainerRuntime> runtimes) {
        List<Container> known = new ArrayList<>();
        for (ContainerRuntime runtime : runtimes) {
            try {
                known.addAll(runtime.present() ? runtime.containers() : List.of());
            } catch (IOException e) {
                // Its containers are shown without names.
                continue;
            }
        }
        return known;
    }
}
