// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.container;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
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

    /** How many characters all shown keys and values have together. */
    private static final int MOST_SHOWN = 4_096;

    /** How many labels are shown: each one is a label of every metric of the container. */
    private static final int MOST_LABELS = 32;

    /** The longest key or value in characters that is shown; those of Kubernetes are shorter. */
    private static final int LONGEST_SHOWN = 320;

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

    /**
     * Returns the labels that are shown, in the order of their keys. They are repeated in each
     * record and metric of the container, and an image can have any number of any length, so that
     * long ones are left out, and those after 32 or after 4,096 characters in all.
     */
    public SortedMap<String, String> shownLabels() {
        SortedMap<String, String> shown = new TreeMap<>();
        int size = 0;
        for (Map.Entry<String, String> each : new TreeMap<>(labels).entrySet()) {
            int key = each.getKey().length();
            int value = each.getValue().length();
            if (shown.size() < MOST_LABELS
                    && key <= LONGEST_SHOWN
                    && value <= LONGEST_SHOWN
                    && size + key + value <= MOST_SHOWN) {
                shown.put(each.getKey(), each.getValue());
                size += key + value;
            }
        }
        return shown;
    }
}
