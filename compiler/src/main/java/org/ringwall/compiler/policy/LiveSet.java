// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.Optional;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.compiler.source.Span;

/**
 * A set whose entries are changed on the host (docs/semantics.md section 12).
 *
 * @param within the range that entries must be in; empty for the whole type
 * @param max the maximum number of entries
 */
public record LiveSet(String name, LiveType type, Optional<LiveMembers> within, int max, Span span) {
    public LiveSet {
        within.ifPresent(members -> requireType(name, type, members));
        if (max < 1) {
            throw new IllegalArgumentException("`" + name + "` has room for nothing");
        }
    }

    /** Returns the type of the fields that can be tested against such a set. */
    public static FieldType fieldType(LiveType type) {
        return switch (type) {
            case NET, IP -> FieldType.ADDRESS;
            case PORT -> FieldType.PORT;
            case DEVICE -> FieldType.DEVICE;
            case UID, GID -> FieldType.ID;
            case INT -> FieldType.INT;
            case CGROUP -> FieldType.CGROUP;
            case NETNS -> FieldType.COOKIE;
        };
    }

    /** Whether these can be members of such a set. */
    public static boolean fits(LiveType type, LiveMembers members) {
        return switch (type) {
            case NET, IP -> members instanceof LiveMembers.Nets;
            case DEVICE -> members instanceof LiveMembers.Devices;
            case PORT, UID, GID, INT, CGROUP, NETNS -> members instanceof LiveMembers.Numbers;
        };
    }

    private static void requireType(String name, LiveType type, LiveMembers members) {
        if (!fits(type, members)) {
            throw new IllegalArgumentException("`" + name + "` of " + type + " within " + members);
        }
    }
}
