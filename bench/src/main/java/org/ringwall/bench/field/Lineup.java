package org.ringwall.bench.field;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bench.Checkout;

/**
 * Who takes part beside ours.
 *
 * @param others compilers of other checkouts
 * @param only what a rival's title must contain; all take part where there is nothing
 */
public record Lineup(List<OtherRingwall> others, Optional<String> only) {
    /** Ours and all rivals. */
    public static final Lineup ALL = new Lineup(List.of(), Optional.empty());

    public Lineup {
        others = List.copyOf(others);
    }

    /** One with compilers of the checkouts in these folders. */
    public static Lineup of(List<Checkout> checkouts, Optional<String> only) {
        return new Lineup(checkouts.stream().map(OtherRingwall::new).toList(), only);
    }

    /** Whether a rival takes part. */
    public boolean meets(String rival) {
        return only.isEmpty() || rival.contains(only.get());
    }

    /** The contestants of a workload, ours first. */
    public List<Contestant> contestants(Workload workload) {
        List<Contestant> all = new ArrayList<>(List.of(new Ringwall()));
        all.addAll(others);
        workload.rivals().stream().filter(rival -> meets(rival.title())).forEach(all::add);
        return List.copyOf(all);
    }
}
