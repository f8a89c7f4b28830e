// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.sync;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.ringwall.host.place.Selector;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.Cgroups;
import org.ringwall.loader.model.Failure;

/**
 * The cgroups that the places of a declaration have now.
 *
 * @param cgroups each once
 * @param absent a sentence for each place without a cgroup that must have one
 * @param waiting each place without a cgroup that need not have one
 * @param failures why the cgroups of other places are not known: they are wrong in the file, or
 *     cannot be found now
 * @param watched the directories in which a change can change this
 */
record Places(
        List<Cgroup> cgroups, List<String> absent, List<String> waiting, List<Failure> failures, Set<Path> watched) {
    Places {
        cgroups = List.copyOf(cgroups);
        absent = List.copyOf(absent);
        waiting = List.copyOf(waiting);
        failures = List.copyOf(failures);
        watched = Set.copyOf(watched);
    }

    /** Whether the cgroups are all that the file declares. */
    boolean complete() {
        return absent.isEmpty() && waiting.isEmpty() && failures.isEmpty();
    }

    /**
     * Finds the cgroups of all places. A place that cannot be looked up does not hide the others.
     *
     * @param top the directory below which the places are
     */
    static Places find(Declaration declaration, Cgroups all, Path top) {
        Map<Long, Cgroup> cgroups = new LinkedHashMap<>();
        List<String> absent = new ArrayList<>();
        List<String> waiting = new ArrayList<>();
        List<Failure> failures = new ArrayList<>(declaration.refusedPlaces());
        Set<Path> watched = new HashSet<>();
        for (Selector place : declaration.places()) {
            try {
                Selector.Found found = place.find(top);
                watched.addAll(found.watched());
                List<Cgroup> here = found.cgroups().stream()
                        .flatMap(path -> all.ifStillThere(path).stream())
                        .toList();
                here.forEach(cgroup -> cgroups.putIfAbsent(cgroup.id(), cgroup));
                if (here.isEmpty()) {
                    boolean mayBe = place.mayBeAbsent() || !declaration.required();
                    if (mayBe) {
                        waiting.add(place.toString());
                    } else {
                        absent.add("there is no cgroup with the " + place);
                    }
                }
            } catch (RuntimeException e) {
                failures.add(failed(declaration, place, e));
            }
        }
        return new Places(List.copyOf(cgroups.values()), absent, waiting, failures, watched);
    }

    private static Failure failed(Declaration declaration, Selector place, RuntimeException e) {
        Failure failure = Failure.ofAny(e);
        return new Failure(
                failure.kind(), declaration.file() + ": " + place + ": " + failure.message(), failure.help());
    }

    /**
     * Returns cgroups in an order in which those of one parent do not delay those of another: the
     * first of each parent, then the second of each.
     */
    static List<Cgroup> byTurns(List<Cgroup> all) {
        Map<Optional<Path>, Integer> turns = new HashMap<>();
        Map<Integer, List<Cgroup>> byTurn = new TreeMap<>();
        for (Cgroup cgroup : all) {
            int turn = turns.merge(cgroup.visible().map(Path::getParent), 1, Integer::sum);
            byTurn.computeIfAbsent(turn, any -> new ArrayList<>()).add(cgroup);
        }
        return byTurn.values().stream().flatMap(List::stream).toList();
    }
}
