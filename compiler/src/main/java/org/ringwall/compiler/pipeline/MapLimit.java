// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.UsedMaps;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bpf.state.MapDeclaration;
import org.ringwall.compiler.emit.MapIndexes;
import org.ringwall.compiler.ir.MapPlace;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.policy.StateUse;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;

/**
 * The limits on the maps that a program may use and an object may declare, checked on the emitted
 * code.
 */
final class MapLimit {
    private static final String HELP = "each live set, table, counter and rate is a map%s; let rules share counters and"
            + " rates, by a key or in further columns, or split the policy into two";

    /** The way out that the kernels of the target do not have. */
    private static final String LOCKS =
            "; from Linux 6.2 on, a program can use more rates: write `requires kernel 6.2` or compile for it";

    private MapLimit() {}

    /** Returns an error at each rule whose map exceeds a limit. */
    static List<Diagnostic> exceeded(Policy policy, BpfObject object, MapIndexes indexes, KernelVersion oldest) {
        Map<String, MapPlace> places = indexes.places();
        String help = HELP + (oldest.atLeast(UsedMaps.LOCKS_IN_INDEXES) ? "" : LOCKS);
        Map<Rule, List<Hook>> hooks = new LinkedHashMap<>();
        Map<Hook, Set<String>> own = new EnumMap<>(Hook.class);
        for (ProgramSpec program : object.programs()) {
            Set<String> maps = MapIndexes.named(program);
            if (maps.size() > UsedMaps.MOST) {
                Hook hook = Hook.ofSection(program.section()).orElseThrow();
                Counted counted = count(
                        policy,
                        places,
                        maps,
                        UsedMaps.MOST,
                        block -> block.hooks().contains(hook));
                hooks.computeIfAbsent(counted.last(), rule -> new ArrayList<>()).add(hook);
                own.put(hook, counted.own());
            }
        }
        List<Diagnostic> errors = new ArrayList<>();
        hooks.forEach((rule, at) -> errors.add(Diagnostic.of(
                        Code.TOO_MANY_MAPS,
                        rule.span(),
                        "with this rule %s more than %d maps, the kernel's limit"
                                .formatted(programs(at), UsedMaps.MOST))
                .help(help.formatted(
                        ", and the program itself uses " + names(own.getOrDefault(at.get(0), Set.of()))))));
        if (errors.isEmpty() && object.maps().size() > MapDeclaration.MOST) {
            Set<String> maps = object.maps().stream().map(MapSpec::name).collect(Collectors.toSet());
            Rule last = count(policy, Map.of(), maps, MapDeclaration.MOST, block -> true)
                    .last();
            errors.add(Diagnostic.of(
                            Code.TOO_MANY_MAPS,
                            last.span(),
                            "with this rule the policy needs more than %d maps, the loader's limit"
                                    .formatted(MapDeclaration.MOST))
                    .help(help.formatted("")));
        }
        return errors;
    }

    /**
     * The rule with which there are too many maps.
     *
     * @param own the maps that no rule names
     */
    private record Counted(Rule last, Set<String> own) {}

    private static Counted count(
            Policy policy, Map<String, MapPlace> places, Set<String> maps, int most, Predicate<Block> concerned) {
        List<Rule> rules = policy.blocks().stream()
                .filter(concerned)
                .flatMap(block -> block.rules().stream())
                .toList();
        Set<String> own = new TreeSet<>(maps);
        rules.forEach(rule -> own.removeAll(used(rule, places)));
        Set<String> counted = new HashSet<>(own);
        for (Rule rule : rules) {
            Set<String> of = used(rule, places);
            of.retainAll(maps);
            counted.addAll(of);
            if (counted.size() > most) {
                return new Counted(rule, own);
            }
        }
        throw new IllegalStateException("maps that neither rules nor programs need: " + own);
    }

    /** Returns the maps that a program names for a rule. */
    private static Set<String> used(Rule rule, Map<String, MapPlace> places) {
        return StateUse.of(rule).stream()
                .map(map -> places.containsKey(map) ? places.get(map).index() : map)
                .collect(Collectors.toCollection(HashSet::new));
    }

    private static String programs(List<Hook> hooks) {
        List<String> words = hooks.stream().map(hook -> "`" + hook.word() + "`").toList();
        int last = words.size() - 1;
        return last == 0
                ? "the program for " + words.get(0) + " uses"
                : "the programs for " + String.join(", ", words.subList(0, last)) + " and " + words.get(last) + " use";
    }

    private static String names(Set<String> maps) {
        return maps.stream().map(map -> "`" + map + "`").collect(Collectors.joining(", "));
    }
}
