// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.programs;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.model.Cgroup;

/**
 * The position of a new program among those at one hook of one cgroup.
 *
 * @param before the ids of the cgroup's own programs that run before it
 * @param after the ids of the cgroup's own programs that run after it; the program that it replaces
 *     is in neither list
 * @param above the ids of programs of ancestor cgroups, which run after the cgroup's own
 * @param neighbour the link next to which it is attached; empty: it is attached last
 * @param revision the revision of the list as it was read; 0 if the kernel reports none
 */
public record Position(
        Hook hook,
        Cgroup cgroup,
        List<Integer> before,
        List<Integer> after,
        List<Integer> above,
        Optional<Neighbour> neighbour,
        long revision) {
    /**
     * A link, identified by its pin, and whether the new program runs right after it or right
     * before it.
     */
    public record Neighbour(Path pin, boolean after) {}

    public Position {
        before = List.copyOf(before);
        after = List.copyOf(after);
        above = List.copyOf(above);
    }

    /** Returns the position after all of the cgroup's own programs. */
    public Position last() {
        return new Position(
                hook,
                cgroup,
                Stream.concat(before.stream(), after.stream()).toList(),
                List.of(),
                above,
                Optional.empty(),
                revision);
    }

    /** Returns all programs that run after it. */
    public List<Integer> later() {
        return Stream.concat(after.stream(), above.stream()).toList();
    }
}
