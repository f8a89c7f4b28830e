// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.container;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.ringwall.host.place.CgroupLabel;
import org.ringwall.host.place.Selector;

/**
 * A selector of the cgroups of containers. A runtime gives each container a cgroup whose name
 * contains the container's id; the processes are in it or below it.
 *
 * <p>Only directories with the owner of the top directory, root, are searched. In a directory of
 * another user, that user could create a cgroup with the id of any container. So containers of
 * other users are not found.
 *
 * @param query which containers
 * @param containers the containers of this host
 */
public record ByContainer(ContainerQuery query, Containers containers) implements Selector {
    @Override
    public Found find(Path top) {
        List<Container> matching = containers.matching(query);
        Set<String> ids = matching.stream().map(Container::id).collect(Collectors.toSet());
        Set<Path> watched = new LinkedHashSet<>();
        List<Path> found = new ArrayList<>();
        Owner.uidOf(top).ifPresent(owner -> {
            search(top, owner, ids, found, watched);
            matching.stream()
                    .flatMap(container -> container.cgroup().stream())
                    .filter(path -> owns(owner, top, path))
                    .map(top::resolve)
                    .forEach(found::add);
        });
        return new Found(found, watched);
    }

    /** Returns whether a cgroup exists, and it and all above it belong to an owner. */
    private static boolean owns(Object owner, Path top, Path path) {
        Path folder = top;
        for (Path part : path) {
            folder = folder.resolve(part);
            if (!Owner.uidOf(folder).equals(Optional.of(owner))) {
                return false;
            }
        }
        return true;
    }

    private static void search(Path folder, Object owner, Set<String> ids, List<Path> found, Set<Path> watched) {
        watched.add(folder);
        for (Path child : children(folder)) {
            Optional<String> id = CgroupLabel.of(child.getFileName()).container();
            if (id.isPresent() && ids.contains(id.get())) {
                found.add(child);
            } else if (id.isEmpty() && Owner.uidOf(child).equals(Optional.of(owner))) {
                search(child, owner, ids, found, watched);
            }
        }
    }

    /** Returns the subdirectories, sorted. */
    private static List<Path> children(Path folder) {
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> entries =
                Files.newDirectoryStream(folder, path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))) {
            entries.forEach(children::add);
        } catch (IOException | DirectoryIteratorException e) {
            // The directory was removed meanwhile.
            return List.of();
        }
        children.sort(null);
        return children;
    }

    @Override
    public boolean mayBeAbsent() {
        return true;
    }

    @Override
    public String toString() {
        return query.toString();
    }
}
