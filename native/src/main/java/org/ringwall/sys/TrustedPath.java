// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A check that only trusted users can replace or change a file: its owner and mode, and those of
 * every directory above it, because the owner of a directory can replace its entries.
 */
public final class TrustedPath {
    private static final int ROOT = 0;
    private static final int WRITABLE_BY_OTHERS = 0022;
    private static final int STICKY = 01000;

    /** As in the kernel (path_resolution(7)). */
    private static final int MOST_LINKS = 40;

    private final Set<Integer> owners;

    /** Creates a check that trusts the files of these users. */
    TrustedPath(Set<Integer> owners) {
        this.owners = Set.copyOf(owners);
    }

    /**
     * Returns a check that trusts root and the user of this process. If that is root through
     * sudo(8), the calling user is trusted, too: policies are built by a user and put in force by
     * root.
     */
    public static TrustedPath ofThisProcess() throws IOException {
        Set<Integer> owners = new HashSet<>(Set.of(ROOT));
        Object self = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        if (self instanceof Integer uid) {
            owners.add(uid);
        }
        String caller = System.getenv("SUDO_UID");
        if (Integer.valueOf(ROOT).equals(self) && caller != null && caller.matches("[0-9]{1,9}")) {
            owners.add(Integer.valueOf(caller));
        }
        return new TrustedPath(owners);
    }

    /** Returns a check that trusts root alone. */
    public static TrustedPath ofRoot() {
        return new TrustedPath(Set.of(ROOT));
    }

    /**
     * Why another user could change or replace a file.
     *
     * @param path the file, or a directory above it
     * @param why a predicate, to be printed after the path
     */
    public record Weakness(Path path, String why, String help) {}

    /**
     * Checks a file, and every directory above it. The path must be absolute and free of symbolic
     * links. Returns the first weakness; empty if only trusted users can change or replace the
     * file.
     */
    public Optional<Weakness> weakness(Path file) throws IOException {
        Map<String, Object> found = attributes(file);
        if (!Boolean.TRUE.equals(found.get("isRegularFile"))) {
            return Optional.of(new Weakness(file, "is not a regular file", "write it again"));
        }
        Optional<Weakness> weakness = weakness(file, found, false);
        for (Path above = file.getParent(); above != null && weakness.isEmpty(); above = above.getParent()) {
            weakness = weakness(above, attributes(above), true);
        }
        return weakness;
    }

    /**
     * Checks a file whose absolute path may contain symbolic links: also every directory that
     * contains a link, because its owner can let the link lead to another file.
     */
    public Optional<Weakness> weaknessOfName(Path named) throws IOException {
        Path at = named.getRoot();
        Deque<Path> names = new ArrayDeque<>();
        named.forEach(names::add);
        Optional<Weakness> weakness = weakness(at, attributes(at), true);
        int links = 0;
        while (weakness.isEmpty() && !names.isEmpty()) {
            Path name = names.remove();
            Path next = at.resolve(name).normalize();
            Map<String, Object> found = attributes(next);
            if (!Boolean.TRUE.equals(found.get("isSymbolicLink"))) {
                weakness = names.isEmpty() && !Boolean.TRUE.equals(found.get("isRegularFile"))
                        ? Optional.of(new Weakness(next, "is not a regular file", "name a file"))
                        : weakness(next, found, !names.isEmpty());
                at = next;
            } else if (++links > MOST_LINKS) {
                throw new FileSystemLoopException(named.toString());
            } else {
                // The mode of a link means nothing; its owner can replace it in a sticky directory.
                weakness = ownedBy(next, found);
                Path target = Files.readSymbolicLink(next);
                List<Path> inserted = new ArrayList<>();
                target.forEach(inserted::add);
                Collections.reverse(inserted);
                inserted.forEach(names::addFirst);
                at = target.isAbsolute() ? target.getRoot() : at;
            }
        }
        return weakness;
    }

    private Optional<Weakness> ownedBy(Path path, Map<String, Object> found) {
        return found.get("uid") instanceof Integer uid && owners.contains(uid)
                ? Optional.empty()
                : Optional.of(new Weakness(
                        path,
                        "belongs to uid " + found.get("uid"),
                        "write it as root or as yourself: chown root '" + path + "'"));
    }

    private Optional<Weakness> weakness(Path path, Map<String, Object> found, boolean directory) {
        Optional<Weakness> owner = ownedBy(path, found);
        if (owner.isPresent()) {
            return owner;
        }
        int mode = found.get("mode") instanceof Integer bits ? bits : WRITABLE_BY_OTHERS;
        // In a sticky directory only the owners of the directory and of an entry, both trusted, can
        // rename or remove the entry.
        boolean sticky = directory && (mode & STICKY) != 0;
        return (mode & WRITABLE_BY_OTHERS) != 0 && !sticky
                ? Optional.of(new Weakness(path, "can be written by other users", "chmod go-w '" + path + "'"))
                : Optional.empty();
    }

    private static Map<String, Object> attributes(Path path) throws IOException {
        return Files.readAttributes(path, "unix:uid,mode,isRegularFile,isSymbolicLink", LinkOption.NOFOLLOW_LINKS);
    }
}
