// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.loader.instance.InForce;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.object.PolicyObject;

/** The restrictions and notes for an apply of a plain object. */
final class PlainObjects {
    private PlainObjects() {}

    /**
     * Refuses options that need an object of the contract.
     *
     * @throws InputException if the request is for a plain object and has one
     */
    static void refuseOptions(ApplyRequest request) {
        PolicyObject object = request.policy();
        if (!object.plain()) {
            return;
        }
        if (request.monitor().isPresent()) {
            throw object.noContract("monitor mode");
        }
        if (request.confirm().isPresent()) {
            throw object.noContract("roll-back");
        }
    }

    /**
     * Returns notes about the replacement of a version.
     *
     * @throws InputException if a policy would replace a plain object, or the other way round
     */
    static List<String> notes(ApplyRequest request, InstanceFolder folder, Optional<InForce> old) {
        PolicyObject object = request.policy();
        if (old.isEmpty()) {
            return List.of();
        }
        if (folder.isPlain() != object.plain()) {
            throw new InputException(
                    "`" + request.name() + "` is in force as a " + kind(folder.isPlain()) + ", and this object is a "
                            + kind(object.plain()),
                    "remove it first: ringwall remove " + request.name() + "; or use another --instance");
        }
        List<String> fresh = new ArrayList<>();
        if (object.plain()) {
            object.object().maps().stream()
                    .filter(map -> !map.pinned())
                    .map(MapSpec::name)
                    .map(name -> "`" + name + "`")
                    .forEach(fresh::add);
            object.object().data().stream()
                    .filter(section -> !section.readOnly())
                    .map(DataSection::name)
                    .map(name -> "`" + name + "`")
                    .forEach(fresh::add);
        }
        return fresh.isEmpty()
                ? List.of()
                : List.of("each version of a plain object starts with new maps and data that are not pinned by name: "
                        + String.join(", ", fresh));
    }

    private static String kind(boolean plain) {
        return plain ? "plain object" : "policy";
    }
}
