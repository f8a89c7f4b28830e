// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.container;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.ringwall.host.place.CgroupLabel;

/**
 * The names of cgroups, for output. The runtimes are queried only if a cgroup is shown that can be
 * a container's. Without an answer the name is missing, which is no error.
 */
public final class CgroupNames {
    /** The least time between two queries for the same container, which can stay unknown. */
    private static final long PAUSE = Duration.ofSeconds(5).toNanos();

    /** Queries take at most one part in this many of the time. */
    private static final int SHARE = 10;

    private final Path top;
    private final Answers<String> byId;
    private final Answers<Path> byPath;

    CgroupNames(Path top, Containers containers) {
        this.top = top;
        this.byId = new Answers<>(() -> {
            Map<String, Container> all = new HashMap<>();
            containers.known().forEach(each -> all.put(each.id(), each));
            return all;
        });
        this.byPath = new Answers<>(() -> {
            Map<Path, Container> all = new HashMap<>();
            containers.named().forEach(each -> each.cgroup().ifPresent(path -> all.put(path, each)));
            return all;
        });
    }

    /** Returns the names of the cgroups of this host, whose root is mounted here. */
    public static CgroupNames below(Path top) {
        return new CgroupNames(top, Containers.forNames());
    }

    /** Returns the name of a cgroup by its directory. */
    public CgroupName of(String cgroup) {
        Optional<Path> relative = relative(cgroup);
        if (relative.isEmpty()) {
            return CgroupName.NONE;
        }
        Path named = named(relative.get());
        CgroupLabel label = CgroupLabel.of(named);
        return new CgroupName(
                label.unit(),
                label.container().isPresent() ? label.container().flatMap(byId::get) : chosen(named, label));
    }

    /**
     * Returns the names that the path of a cgroup shows. Those that the owner of another directory,
     * or a container, gives to the cgroups in it do not count.
     */
    public CgroupLabel label(String cgroup) {
        return CgroupLabel.of(relative(cgroup).map(this::named).orElseGet(() -> Path.of(cgroup)));
    }

    /**
     * Returns the part of a path whose names count. The owner of a container whose id a user chose
     * can create cgroups with any other id in it.
     */
    private Path named(Path relative) {
        Path byRoot = namedByRoot(relative);
        Optional<String> id = CgroupLabel.of(byRoot).container();
        for (int parts = 1; id.isPresent() && parts < byRoot.getNameCount(); parts++) {
            Path above = byRoot.subpath(0, parts);
            if (CgroupLabel.of(above).container().isPresent()) {
                break;
            }
            if (byPath.get(above).isPresent()) {
                return above;
            }
        }
        return byRoot;
    }

    private Optional<Path> relative(String cgroup) {
        try {
            Path path = Path.of(cgroup);
            return path.startsWith(top) && !path.equals(top) ? Optional.of(top.relativize(path)) : Optional.empty();
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    /**
     * Returns the part of a path up to the first directory that does not belong to root, whose
     * owner could create one below it with the name of any unit or container. Directories
     * that were removed cannot be examined, and count as those of root.
     */
    private Path namedByRoot(Path relative) {
        for (int parts = 1; parts < relative.getNameCount(); parts++) {
            Path part = relative.subpath(0, parts);
            Optional<Object> owner = Owner.uidOf(top.resolve(part));
            if (owner.isPresent() && !owner.get().equals(Owner.ROOT)) {
                return part;
            }
        }
        return relative;
    }

    /** Returns the outermost container whose cgroup has a name that a user chose. */
    private Optional<Container> chosen(Path relative, CgroupLabel label) {
        if (label.unit().filter(unit -> !unit.endsWith(".scope")).isPresent() || !ownedByRoot(top.resolve(relative))) {
            return Optional.empty();
        }
        Optional<Container> container = Optional.empty();
        for (int parts = 1; parts <= relative.getNameCount() && container.isEmpty(); parts++) {
            container = byPath.get(relative.subpath(0, parts));
        }
        return container;
    }

    /** Returns whether a directory and those above it belong to root, as far as they exist. */
    private static boolean ownedByRoot(Path folder) {
        for (Path at = folder; at != null; at = at.getParent()) {
            Optional<Object> owner = Owner.uidOf(at);
            if (owner.isPresent() && !owner.get().equals(Owner.ROOT)) {
                return false;
            }
        }
        return true;
    }

    /** The answers of runtimes so far, which are queried again for what is not among them. */
    private static final class Answers<K> {
        /** More containers than these, and more keys without an answer, are forgotten. */
        private static final int MOST = 2_000;

        private final Supplier<Map<K, Container>> query;
        private final Map<K, Container> found = new HashMap<>();
        private final Map<K, Long> missing = new HashMap<>();
        private long next = System.nanoTime();

        Answers(Supplier<Map<K, Container>> query) {
            this.query = query;
        }

        Optional<Container> get(K key) {
            Container known = found.get(key);
            long now = System.nanoTime();
            if (known == null && now - next >= 0 && now - missing.getOrDefault(key, now - PAUSE) >= PAUSE) {
                if (found.size() >= MOST) {
                    found.clear();
                }
                found.putAll(query.get());
                long end = System.nanoTime();
                next = end + SHARE * (end - now);
                known = found.get(key);
                if (missing.size() >= MOST) {
                    missing.clear();
                }
                missing.put(key, end);
            }
            return Optional.ofNullable(known);
        }
    }
}
