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
 * A cache of the names of containers by their cgroups, for output. The runtimes are queried only
 * when a container's cgroup is looked up. If they do not answer, there is no name and no error.
 */
public final class ContainerNames {
    /** The minimum time between two queries in ns, for ids that no runtime knows. */
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

    /**
     * Returns the name of the container to which a cgroup belongs; empty if it belongs to none, or
     * the runtimes do not know it.
     *
     * @param cgroup the cgroup's directory
     */
    public Optional<String> nameOf(String cgroup) {
        Path path;
        try {
            path = Path.of(cgroup);
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
        return CgroupLabel.of(path)
                .container()
                .filter(id -> isOfRuntime(path, id))
                .flatMap(this::name);
    }

    /**
     * Returns whether a runtime created a cgroup with the id of a container. Any user who owns a
     * directory could create one, so root must own all directories above it. Directories that were
     * removed are not examined.
     */
    private static boolean isOfRuntime(Path path, String id) {
        Path above = path.toAbsolutePath();
        while (above != null && CgroupLabel.of(above).container().equals(Optional.of(id))) {
            above = above.getParent();
        }
        while (above != null) {
            Optional<Object> owner = Owner.uidOf(above);
            if (owner.isPresent() && !owner.get().equals(Owner.ROOT)) {
                return false;
            }
            above = above.getParent();
        }
        return true;
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
