// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The sockets that were ended after a policy was put in force.
 *
 * @param cgroups the number for each cgroup; a socket that belongs to several counts for the first
 * @param unattributed the number of sockets of removed cgroups that were left, because this kernel
 *     does not show below which cgroups those were
 */
public record EndedSockets(Map<Cgroup, Integer> cgroups, int unattributed) {
    /** What is ended if nothing is to be. */
    public static final EndedSockets NOTHING = new EndedSockets(Map.of(), 0);

    /** Creates a result. */
    public EndedSockets {
        cgroups = Collections.unmodifiableMap(new LinkedHashMap<>(cgroups));
    }
}
