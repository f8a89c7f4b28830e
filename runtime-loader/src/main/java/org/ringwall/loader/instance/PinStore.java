// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The folders and names of a bpffs. {@link org.ringwall.loader.bpf.Bpf} accesses the pinned
 * objects.
 */
public interface PinStore {
    /** Returns the folder of the instances, `/sys/fs/bpf/ringwall/v1`. */
    Path root();

    /** Creates a folder and its missing parents; does nothing if it exists. */
    void createFolder(Path folder);

    /**
     * Refuses a folder in which no name can be created or removed, as on a bpffs that is mounted
     * read-only.
     */
    void checkWritable(Path folder);

    /** Returns the names in a folder, sorted; none if it does not exist. */
    List<String> list(Path folder);

    /**
     * Returns those of some names that a folder has, in the given order. Unlike {@link #list} it
     * takes the same time however many names the folder has.
     */
    default Set<String> existing(Path folder, Collection<String> names) {
        Set<String> found = new LinkedHashSet<>(names);
        found.retainAll(Set.copyOf(list(folder)));
        return found;
    }

    /**
     * Returns whether a name in a folder passes a test. The names are read in any order, and none
     * after the first that passes.
     */
    default boolean any(Path folder, Predicate<String> test) {
        return list(folder).stream().anyMatch(test);
    }

    /** Returns whether a name exists. */
    default boolean exists(Path pin) {
        return Optional.ofNullable(pin.getParent())
                .filter(folder -> list(folder).contains(String.valueOf(pin.getFileName())))
                .isPresent();
    }

    /** Removes the name of an object; does nothing if there is none. */
    void unlink(Path pin);

    /** Renames an object, replacing an object of the new name. */
    void rename(Path from, Path to);

    /** Removes an empty folder; does nothing if it does not exist. */
    void removeFolder(Path folder);

    /**
     * Takes the exclusive lock of a folder; empty if another process holds it or the folder does
     * not exist.
     */
    Optional<Lock> tryLock(Path folder);

    /**
     * Takes a lock of a folder that other processes can share; empty if another one holds the
     * exclusive lock or the folder does not exist.
     */
    Optional<Lock> tryShare(Path folder);

    /** A lock that is held until it is closed or this process ends. */
    interface Lock extends AutoCloseable {
        @Override
        void close();
    }
}
