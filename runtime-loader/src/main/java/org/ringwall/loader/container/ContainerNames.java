// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.container;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.ringwall.loader.cgroup.CgroupLabel;

/**
 * The names of containers by their cgroups, for output. The runtimes are queried only if a
 * container's cgroup is shown. Without an answer the name is missing, which is no error.
 */
public final class ContainerNames {
    /** The least time between two queries, in case an id stays unknown. */
    private static final long PAUSE = Duration.ofSeconds(5).toNanos();

    private final Containers containers;
    private final Map<String, String> names = new HashMap<>();
    private long queried;
    private boolean known;

    ContainerNames(Containers containers) {
        this.containers = containers;
    }

    /** Returns the names of the containers of this host. */
    public static ContainerNames ofThisHost() {
        return new ContainerNames(Containers.ofThisHost());
    }

    /** Returns the name of the container to which a cgroup belongs, by the cgroup's directory. */
    public Optional<String> of(String cgroup) {
        Optional<String> id;
        try {
            id = CgroupLabel.of(Path.of(cgroup)).container();
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
        return id.flatMap(this::name);
    }

    private Optional<String> name(String id) {
        long now = System.nanoTime();
        if (!names.containsKey(id) && (!known || now - queried > PAUSE)) {
            known = true;
            queried = now;
            containers.known().forEach(each -> names.put(each.id(), each.shown()));
        }
        return Optional.ofNullable(names.get(id));
    }
}
