// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.loader.instance.InForce;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.model.InputException;

/** What an instance's state refuses in a request. */
final class Refusals {
    private Refusals() {}

    /**
     * Refuses a version that cannot be applied because another one is not confirmed, or that must
     * be confirmed and has no version before it.
     */
    static void unconfirmed(ApplyRequest request, InstanceFolder folder, Optional<InForce> old) {
        folder.refuseUnconfirmed();
        if (request.confirm().isPresent() && old.filter(InForce::attached).isEmpty()) {
            throw new InputException(
                    "`" + request.name() + "` is not in force, so there is no version to roll back to",
                    "apply it without --confirm; its later versions can be confirmed");
        }
    }

    /** Refuses to forget state that an instance does not have. */
    static void forgotten(ApplyRequest request, InstanceFolder folder) {
        Set<String> known = new TreeSet<>(folder.maps().names());
        known.addAll(known.stream().map(StateNames::shortName).toList());
        for (String name : request.forget()) {
            if (!known.contains(name)) {
                throw new InputException(
                        "`" + request.name() + "` has no state with the name `" + name + "`",
                        known.isEmpty()
                                ? "remove --forget"
                                : "write one of: "
                                        + String.join(", ", folder.maps().names()));
            }
        }
    }
}
