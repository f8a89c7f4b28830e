// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.field;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bench.Checkout;

/**
 * The contestants apart from Ringwall.
 *
 * @param others compilers of other checkouts
 * @param only a text that the title of a rival must contain; all rivals take part if it is empty
 */
public record Lineup(List<OtherRingwall> others, Optional<String> only) {
    /** Ringwall and all rivals. */
    public static final Lineup ALL = new Lineup(List.of(), Optional.empty());

    public Lineup {
        others = List.copyOf(others);
    }

    /** Returns a lineup with the compilers of these checkouts. */
    public static Lineup of(List<Checkout> checkouts, Optional<String> only) {
        return new Lineup(checkouts.stream().map(OtherRingwall::new).toList(), only);
    }

    /** Returns whether a rival takes part. */
    public boolean meets(String rival) {
        return only.isEmpty() || rival.contains(only.get());
    }

    /** Returns the contestants of a workload, Ringwall first. */
    public List<Contestant> contestants(Workload workload) {
        List<Contestant> all = new ArrayList<>(List.of(new Ringwall()));
        all.addAll(others);
        workload.rivals().stream().filter(rival -> meets(rival.title())).forEach(all::add);
        return List.copyOf(all);
    }

    /** Returns the other checkouts by the titles that their version of `ours` has. */
    public Map<String, Checkout> commands(String ours) {
        Map<String, Checkout> commands = new LinkedHashMap<>();
        others.forEach(other -> commands.put(other.title(ours), other.checkout()));
        return commands;
    }
}
