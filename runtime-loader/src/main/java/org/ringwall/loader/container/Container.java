// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.container;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A container of a runtime on this host, running or not.
 *
 * @param runtime the runtime's name
 * @param id 64 hexadecimal digits, except those that a client of containerd has chosen otherwise
 * @param names without a leading `/`; usually one
 * @param labels by key
 * @param cgroup the path of its cgroup below the cgroup2 mount, if the name of the cgroup does not
 *     have a unique id
 */
public record Container(
        String runtime, String id, List<String> names, Map<String, String> labels, Optional<Path> cgroup) {
    private static final Pattern UNIQUE = Pattern.compile("[0-9a-f]{64}");

    public Container {
        names = List.copyOf(names);
        labels = Map.copyOf(labels);
    }

    /** Returns whether an id is that of one container of the host, and not chosen by a user. */
    static boolean isUnique(String id) {
        return UNIQUE.matcher(id).matches();
    }

    /** Returns its first name, or its id if it has none. */
    public String shown() {
        return names.isEmpty() ? id : names.get(0);
    }
}
