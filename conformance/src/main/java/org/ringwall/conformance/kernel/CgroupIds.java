// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The ids of cgroups, as programs read them: the inode numbers of their directories. */
public final class CgroupIds {
    private CgroupIds() {}

    public static long of(Path directory) {
        try {
            return (long) Files.getAttribute(directory, "unix:ino");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns the ids of a cgroup and its ancestors by level, without the root, which is level 0:
     * its directory is the only one without `cgroup.type`.
     */
    public static Map<Integer, Long> ancestors(Path directory) {
        List<Path> upwards = new ArrayList<>();
        for (Path at = directory; at != null && Files.exists(at.resolve("cgroup.type")); at = at.getParent()) {
            upwards.add(at);
        }
        Collections.reverse(upwards);
        Map<Integer, Long> ids = new TreeMap<>();
        upwards.forEach(path -> ids.put(ids.size() + 1, of(path)));
        return ids;
    }
}
