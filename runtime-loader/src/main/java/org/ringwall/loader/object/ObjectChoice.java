// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.object;

import java.util.List;
import java.util.Optional;
import org.ringwall.bundle.Manifest.ObjectEntry;

/**
 * The objects of one policy, of which one is used: that of an object file, or those that a bundle
 * has for the byte order of this machine.
 *
 * @param label names the policy in messages: the file, with the policy if the file has several
 * @param candidates at least one; those for newer kernels first
 */
public record ObjectChoice(String label, List<Candidate> candidates) {
    public ObjectChoice {
        candidates = List.copyOf(candidates);
        if (candidates.isEmpty()) {
            throw new IllegalArgumentException("there is nothing to choose");
        }
    }

    /** An object file. */
    static ObjectChoice only(String label, PolicyObject object) {
        return new ObjectChoice(label, List.of(new Candidate(object, Optional.empty())));
    }

    /**
     * An object.
     *
     * @param entry what the manifest says about it; empty for an object file
     */
    public record Candidate(PolicyObject object, Optional<ObjectEntry> entry) {}

    /** Returns an object for what does not depend on the kernel, such as the name of the policy. */
    public PolicyObject any() {
        return candidates.get(0).object();
    }
}
