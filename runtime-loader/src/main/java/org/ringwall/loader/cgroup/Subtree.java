// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cgroup;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ringwall.loader.model.Cgroup;

/** The directories at and below a cgroup. */
final class Subtree {
    private Subtree() {}

    /**
     * Returns the directories at and below a cgroup, parents before their children. Cgroups that
     * are removed during the walk are left out, new ones may be missing, and no other one is.
     * {@code Files.walk} fails in both cases.
     */
    static List<Path> of(Cgroup cgroup) {
        List<Path> found = new ArrayList<>();
        if (Files.isDirectory(cgroup.path())) {
            found.add(cgroup.path());
        }
        for (int next = 0; next < found.size(); next++) {
            reopen(found.get(next));
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(found.get(next))) {
                for (Path entry : entries) {
                    if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                        found.add(entry);
                    }
                }
            } catch (IOException | DirectoryIteratorException e) {
                // The cgroup was removed meanwhile, and its descendants before it.
                continue;
            }
        }
        return found;
    }

    /** Gives the owner of a directory, who may have given them up, all rights to it. */
    private static void reopen(Path directory) {
        File file = directory.toFile();
        if (!Files.isReadable(directory) || !Files.isWritable(directory) || !Files.isExecutable(directory)) {
            boolean ours = file.setReadable(true) && file.setWritable(true) && file.setExecutable(true);
            if (ours) {
                new File(file, "cgroup.threads").setReadable(true);
                new File(file, "cgroup.events").setReadable(true);
            }
        }
    }
}
