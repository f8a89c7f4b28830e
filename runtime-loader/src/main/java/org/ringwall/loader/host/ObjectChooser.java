// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.host;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bundle.KernelNeeds;
import org.ringwall.bundle.Manifest.ObjectEntry;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.ObjectFit;
import org.ringwall.loader.object.ObjectChoice;
import org.ringwall.loader.object.PolicyObject;

/**
 * The choice among the objects of a policy for the running kernel: the one for the newest kernels
 * of those whose needs the kernel fulfils. The kernel is probed, since distributions add features
 * to old kernels and leave others out.
 */
final class ObjectChooser {
    private final KernelFeatures features;
    private final Map<KernelNeeds, Optional<String>> lacking = new HashMap<>();

    ObjectChooser(KernelFeatures features) {
        this.features = features;
    }

    /**
     * Chooses an object. If there is one only it is chosen, so that an apply reports why it does
     * not load.
     *
     * @throws HostException if the kernel lacks what each of them needs
     */
    PolicyObject choose(ObjectChoice choice) {
        if (choice.candidates().size() == 1) {
            return choice.any();
        }
        List<String> reasons = new ArrayList<>();
        for (ObjectChoice.Candidate candidate : choice.candidates()) {
            ObjectEntry entry = candidate.entry().orElseThrow();
            Optional<String> missing = lacks(entry.needs());
            if (missing.isEmpty()) {
                return candidate.object();
            }
            reasons.add("`" + entry.path() + "` needs " + missing.get());
        }
        throw new HostException(
                "no object of `" + choice.label() + "` fits this kernel: " + String.join("; ", reasons),
                "add a --target with an older kernel when you build the bundle");
    }

    /** Returns for each object of a choice from a bundle whether it is used here, and why. */
    List<ObjectFit> fits(ObjectChoice choice) {
        List<ObjectFit> fits = new ArrayList<>();
        boolean found = false;
        for (ObjectChoice.Candidate candidate : choice.candidates()) {
            ObjectEntry entry = candidate.entry().orElseThrow();
            Optional<String> missing = lacks(entry.needs());
            boolean only = choice.candidates().size() == 1;
            boolean chosen = !found && (only || missing.isEmpty());
            String why = missing.map(what -> "this kernel lacks " + what)
                    .orElse(
                            found
                                    ? "one for newer kernels fits too"
                                    : only
                                            ? "this kernel has all that it needs"
                                            : "this kernel has all that it needs, and no other that fits is for newer"
                                                    + " kernels");
            found |= chosen;
            fits.add(new ObjectFit(entry.path(), chosen, why));
        }
        return fits;
    }

    private Optional<String> lacks(KernelNeeds needs) {
        return lacking.computeIfAbsent(needs, features::lacks);
    }
}
