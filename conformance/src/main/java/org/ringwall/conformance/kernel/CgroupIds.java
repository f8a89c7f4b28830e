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

/** The numbers by which programs know cgroups: the inodes of their directories. */
public final class CgroupIds {
    private CgroupIds() {}

    /** The id of the cgroup with this directory. */
    public static long of(Path directory) {
        try {
            return (long) Files.getAttribute(directory, "unix:ino");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The ids of a cgroup and all above it by level, without the root's 0: `cgroup.type` is in every directory but that. */
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
