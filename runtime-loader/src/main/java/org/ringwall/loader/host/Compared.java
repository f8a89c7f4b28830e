// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.host;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.loader.model.BundleOrigin;
import org.ringwall.loader.model.Comparison;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.Signed;
import org.ringwall.loader.trust.Trust;

/**
 * The comparison of what is in force of an instance with the object from which it was loaded.
 *
 * @param programs how many programs were compared
 * @param maps how many maps these programs use
 * @param differences a phrase for each difference
 * @param unchecked a reason for each part that could not be compared
 * @param objects the objects of the generations that are attached
 * @param complete whether these are the objects of all such generations
 */
record Compared(
        int programs,
        int maps,
        List<String> differences,
        List<String> unchecked,
        List<Source> objects,
        boolean complete) {
    Compared {
        differences = List.copyOf(differences);
        unchecked = List.copyOf(unchecked);
        objects = List.copyOf(objects);
    }

    /**
     * The object of a generation.
     *
     * @param digest its SHA-256 in hex
     * @param origin the bundle that the generation records; empty if it names none
     * @param bundle the archive with the manifest and the signatures of that bundle, as kept; empty
     *     if there is none
     */
    record Source(int generation, String digest, Optional<BundleOrigin> origin, Optional<Bytes> bundle) {}

    static Compared unchecked(String reason) {
        return new Compared(0, 0, List.of(), List.of(reason), List.of(), false);
    }

    /** Returns the comparison with the signatures of a policy's objects, verified again. */
    Comparison with(String policy, Trust keys) {
        Set<String> digests = objects.stream().map(Source::digest).collect(Collectors.toSet());
        return new Comparison(programs, maps, differences, unchecked, signed(policy, keys), digests);
    }

    /**
     * Verifies the signatures of the objects again; returns the worst result. An object that is not
     * known is not signed.
     *
     * @throws HostException if a key cannot be read
     */
    private Signed signed(String policy, Trust keys) {
        Signed worst = keys.admitsAll()
                ? new Signed(Signed.State.NOT_CHECKED, "its object is not known")
                : new Signed(Signed.State.INVALID, "its object is not known, and this host trusts keys");
        for (int i = 0; i < objects.size(); i++) {
            Source object = objects.get(i);
            Signed signed = keys.reverify(policy, object.digest(), object.origin(), object.bundle());
            worst = i == 0 && complete || signed.state().compareTo(worst.state()) > 0 ? signed : worst;
        }
        return worst;
    }
}
