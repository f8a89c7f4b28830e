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
     * Returns whether a runtime created the cgroup of an id. The owner of another directory could
     * create one with the id of any container, so all directories above it must be those of root.
     * Those of a cgroup that was removed cannot be examined.
     */
    private static boolean isOfRuntime(Path path, String id) {
        Path above = path.toAbsolutePath();
        while (above != null && CgroupLabel.of(above).container().equals(Optional.of(id))) {
            above = above.getParent();
        }
        while (above != null) {
            Optional<Object> owner = Owner.of(above);
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
