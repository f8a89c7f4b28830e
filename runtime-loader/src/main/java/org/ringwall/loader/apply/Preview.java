// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.instance.Generation;
import org.ringwall.loader.instance.InForce;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.Provenance;
import org.ringwall.loader.object.Param;

/** The description of the changes of an apply, for a dry run. It changes nothing. */
final class Preview {
    private final Bpf bpf;
    private final InstanceFolder folder;
    private final ApplyRequest request;

    Preview(Bpf bpf, InstanceFolder folder, ApplyRequest request) {
        this.bpf = bpf;
        this.folder = folder;
        this.request = request;
    }

    /**
     * Returns a phrase for each change.
     *
     * @param old the version in force; empty if there is none
     * @param targets the cgroups that the new version would cover
     * @param values the params that do not have the defaults of the new version
     * @param loaded the new version
     */
    List<String> changes(Optional<InForce> old, List<Cgroup> targets, Map<String, Long> values, Generation loaded) {
        if (old.isEmpty()) {
            return List.of();
        }
        List<String> changes = new ArrayList<>();
        String version = request.policy().plain()
                ? "the plain object in force"
                : "generation " + Integer.toUnsignedString(old.get().generation());
        changes.add("replaces " + version + object(old.get()));
        changes.addAll(params(old.get(), values));
        changes.addAll(hooks(old.get(), loaded.programs().keySet()));
        changes.addAll(cgroups(old.get(), targets));
        changes.addAll(state(loaded));
        return changes;
    }

    private String object(InForce old) {
        Optional<String> there = folder.provenance(old.generation()).flatMap(Provenance::object);
        return there.isPresent() && there.equals(request.policy().digest())
                ? " by the same object"
                : " by another object";
    }

    private List<String> params(InForce old, Map<String, Long> values) {
        Map<String, String> before = new TreeMap<>();
        ParamsInForce.of(bpf, folder, old.generation())
                .orElse(List.of())
                .forEach(each -> before.put(each.param().name(), each.text()));
        List<String> changes = new ArrayList<>();
        for (Param param : request.policy().params()) {
            String after = Long.toUnsignedString(values.getOrDefault(param.name(), param.preset()));
            String there = before.remove(param.name());
            if (there == null) {
                changes.add("param `" + param.name() + "` is new: " + after);
            } else if (!there.equals(after)) {
                changes.add("param `" + param.name() + "` changes from " + there + " to " + after);
            }
        }
        before.keySet().forEach(name -> changes.add("param `" + name + "` is no longer there"));
        return changes;
    }

    private List<String> hooks(InForce old, Set<Hook> after) {
        Set<Hook> before = folder.programs(old.generation());
        List<String> changes = new ArrayList<>();
        words(after, before).ifPresent(hooks -> changes.add("begins at " + hooks));
        words(before, after).ifPresent(hooks -> changes.add("ends at " + hooks));
        return changes;
    }

    /** Returns the hooks of the first set that are not in the second, in their order. */
    private static Optional<String> words(Set<Hook> some, Set<Hook> others) {
        Set<Hook> only = new TreeSet<>(some);
        only.removeAll(others);
        return only.isEmpty()
                ? Optional.empty()
                : Optional.of(String.join(" ", only.stream().map(Hook::word).toList()));
    }

    private static List<String> cgroups(InForce old, List<Cgroup> targets) {
        Set<Long> before = old.cgroupIds();
        return targets.stream()
                .filter(cgroup -> !before.contains(cgroup.id()))
                .map(cgroup -> "begins at `" + cgroup + "`")
                .toList();
    }

    private List<String> state(Generation loaded) {
        Set<String> before = new TreeSet<>(folder.maps().names());
        List<String> changes = new ArrayList<>();
        loaded.anew().keySet().stream()
                .sorted()
                .forEach(map -> changes.add("`" + StateNames.shortName(map) + "` gets a new map with its entries"));
        loaded.fresh().keySet().stream()
                .filter(map -> !before.contains(map))
                .sorted()
                .forEach(map -> changes.add("`" + StateNames.shortName(map) + "` is new and empty"));
        before.removeAll(loaded.mapNames());
        before.forEach(map -> changes.add("`" + StateNames.shortName(map) + "` and its content are discarded"));
        return changes;
    }
}
