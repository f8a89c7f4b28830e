// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.LinkInfo;

/**
 * Recovery of an interrupted instance to a state of rest (docs/abi.md section 5). The caller holds
 * its lock.
 */
final class Recovery {
    private final Bpf bpf;

    Recovery(Bpf bpf) {
        this.bpf = bpf;
    }

    /**
     * An instance at rest: one generation, and its links by place. If none of them is attached, the
     * cgroups were removed, or another process detached the links.
     */
    record InForce(int generation, Map<Place, LinkInfo> links) {
        InForce {
            links = new LinkedHashMap<>(links);
        }

        /** Returns whether the policy is in force at some place. */
        boolean attached() {
            return links.values().stream().anyMatch(LinkInfo::attached);
        }

        /** Returns the ids of the cgroups that have a link, in order. */
        Set<Long> cgroupIds() {
            return links.keySet().stream().map(Place::cgroupId).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /**
     * Brings the instance to rest. Returns empty, and empties the folder, if no generation was put
     * in force or its removal has begun.
     */
    Optional<InForce> bring(InstanceFolder folder) {
        Optional<ControlWord> control = folder.openControl();
        if (control.isEmpty()) {
            folder.empty();
            return Optional.empty();
        }
        try (ControlWord word = control.get()) {
            if (!folder.hasControlPin()) {
                bpf.objPin(word.map(), folder.control());
            }
            return bring(folder, word);
        }
    }

    private Optional<InForce> bring(InstanceFolder folder, ControlWord word) {
        int hi = word.hi();
        if (Integer.compareUnsigned(word.lo(), hi) > 0) {
            throw new HostException(
                    "the control word of `" + folder.path().getFileName() + "` is {" + word.lo() + ", " + hi
                            + "}, a value that ringwall never writes",
                    "find out which process writes to it; ringwall remove removes the instance");
        }
        if (word.lo() != hi) {
            // The interruption may have happened before the barrier that follows the write of `hi`.
            bpf.barrier();
            word.lo(hi);
            bpf.barrier();
        }
        for (int generation : folder.generations()) {
            if (generation != hi) {
                folder.removeGeneration(generation);
            }
        }
        if (hi == 0) {
            folder.empty();
            return Optional.empty();
        }
        Map<Place, LinkInfo> links = folder.links(hi);
        folder.dropMapsBeside(hi, links.values());
        return Optional.of(new InForce(hi, links));
    }
}
