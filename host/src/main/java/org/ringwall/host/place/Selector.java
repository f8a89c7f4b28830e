// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.place;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.ringwall.loader.model.CgroupException;

/**
 * A description of cgroups by their names. It can match none now and some later. Names are {@link
 * Glob} patterns.
 */
public interface Selector {
    /** The cgroups found, and the directories in which a change can change that result. */
    record Found(List<Path> cgroups, Set<Path> watched) {
        public Found {
            cgroups = List.copyOf(cgroups);
            watched = Set.copyOf(watched);
        }
    }

    /**
     * Finds the directories of the cgroups below a mount of cgroup2.
     *
     * @param top the mount point
     */
    Found find(Path top);

    /** Whether no cgroup means that nothing is running, and not that a name is wrong. */
    boolean mayBeAbsent();

    /**
     * Cgroups by their path.
     *
     * @param text relative to the mount point, without `..`
     */
    record ByPath(String text) implements Selector {
        @Override
        public Found find(Path top) {
            Set<Path> watched = new LinkedHashSet<>();
            List<Path> level = List.of(top);
            for (String name : text.split("/")) {
                watched.addAll(level);
                Glob glob = new Glob(name);
                List<Path> next = new ArrayList<>();
                for (Path folder : level) {
                    next.addAll(children(folder, glob::matches));
                }
                level = next;
            }
            return new Found(level, watched);
        }

        @Override
        public boolean mayBeAbsent() {
            return text.indexOf('*') >= 0 || text.indexOf('?') >= 0;
        }

        @Override
        public String toString() {
            return "path `" + text + "`";
        }
    }

    /**
     * Units of the system's systemd. A unit's cgroup has its name and is in a slice, and the
     * slice `a-b.slice` in `a.slice` (systemd.slice(5)). Only slices are searched, because what is
     * below a service may belong to a user who can give any name.
     *
     * @param text the name of a unit, such as `web@1.service`
     */
    record ByUnit(String text) implements Selector {
        private static final String SLICE = ".slice";
        private static final Set<String> TYPES = Set.of("service", "scope", "slice", "socket", "mount", "swap");

        /**
         * Returns a selector of units.
         *
         * @throws CgroupException if no unit with a cgroup can have this name
         */
        public static ByUnit named(String text) {
            int dot = text.lastIndexOf('.');
            if (dot <= 0 || text.contains("/") || !TYPES.contains(text.substring(dot + 1))) {
                throw new CgroupException(
                        "`" + text + "` is not the name of a unit that has a cgroup",
                        "write it with its type, such as nginx.service");
            }
            if (text.equals("-" + SLICE)) {
                throw new CgroupException("the root cgroup contains every process of the host", "name a unit below it");
            }
            return new ByUnit(text);
        }

        @Override
        public Found find(Path top) {
            Set<Path> watched = new LinkedHashSet<>();
            List<Path> found = new ArrayList<>();
            search(top, "", new Glob(text), found, watched);
            return new Found(found, watched);
        }

        private static void search(Path slice, String prefix, Glob unit, List<Path> found, Set<Path> watched) {
            watched.add(slice);
            for (Path child : children(slice, name -> true)) {
                String name = child.getFileName().toString();
                boolean nested =
                        name.endsWith(SLICE) && name.startsWith(prefix) && name.indexOf('-', prefix.length()) < 0;
                // systemd puts `_` before a name that could be a file of a cgroup (cg_escape).
                boolean named = unit.matches(name) || name.startsWith("_") && unit.matches(name.substring(1));
                if (named && (nested || !name.endsWith(SLICE))) {
                    found.add(child);
                }
                if (nested) {
                    String below = name.substring(0, name.length() - SLICE.length()) + "-";
                    search(child, below, unit, found, watched);
                }
            }
        }

        @Override
        public boolean mayBeAbsent() {
            return true;
        }

        @Override
        public String toString() {
            return "unit `" + text + "`";
        }
    }

    private static List<Path> children(Path folder, Predicate<String> wanted) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(
                folder,
                path -> wanted.test(path.getFileName().toString())
                        && Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))) {
            entries.forEach(found::add);
        } catch (IOException | DirectoryIteratorException e) {
            // Removed meanwhile: there is nothing in it.
            return found;
        }
        found.sort(null);
        return found;
    }
}
