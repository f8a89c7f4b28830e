// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.loader.cgroup.Cgroup;
import org.ringwall.loader.instance.InstanceState;
import org.ringwall.loader.object.InstanceName;
import org.ringwall.loader.state.LiveSet;

/** The instance `web` on the host of a box, and its live set. */
record WebInstance(KernelBox box) {
    static final InstanceName NAME = InstanceName.parse("web");

    /** Puts the policy in force at the cgroup, without the state in `forget`. */
    ApplyResult apply(StateObjects objects, Cgroup cgroup, String... forget) {
        return box.host
                .applier()
                .apply(new ApplyRequest(
                        objects.policy(), "main", List.of(cgroup), Map.of(), false, Set.of(forget), Optional.empty()));
    }

    /** Adds entries with a time of 1000 seconds since the epoch. */
    LiveSet.Change add(String... entries) {
        try (InstanceState state = box.host.change(NAME)) {
            return state.live(StateObjects.LIVE, set -> set.add(List.of(entries), 1000));
        }
    }

    /** Returns the entries as text. */
    List<String> entries() {
        try (InstanceState state = box.host.state(NAME)) {
            return state.live(
                    StateObjects.LIVE,
                    set -> set.list().stream().map(LiveSet.Held::text).toList());
        }
    }
}
