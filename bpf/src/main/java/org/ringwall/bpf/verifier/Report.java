// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.verifier;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The violations found so far, at most one of each requirement for each slot. */
final class Report {
    private final List<Violation> violations = new ArrayList<>();
    private final Set<Place> places = new HashSet<>();

    private record Place(VerifierAssertion demand, int slot) {}

    void add(VerifierAssertion demand, int slot, String message) {
        if (places.add(new Place(demand, slot))) {
            violations.add(new Violation(demand, slot, message));
        }
    }

    /** Returns the violations in the order of slots. */
    List<Violation> violations() {
        return violations.stream()
                .sorted(Comparator.comparingInt(Violation::slot).thenComparing(Violation::demand))
                .toList();
    }
}
