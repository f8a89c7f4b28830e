// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.emit;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.ringwall.bpf.asm.SymbolRef;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;
import org.ringwall.bpf.state.CounterLayout;
import org.ringwall.bpf.state.EventKind;
import org.ringwall.bpf.state.EventLayout;
import org.ringwall.bpf.state.MapDeclaration;
import org.ringwall.bpf.state.OpenedConnection;
import org.ringwall.bpf.state.OriginalDestinationTransfer;
import org.ringwall.bpf.state.Origins;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.compiler.ir.Stamp;
import org.ringwall.compiler.policy.Counter;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.State;
import org.ringwall.compiler.policy.StateUse;

/**
 * The maps of an object that its code or its rules name. Each key and value has its own type in the
 * object's BTF.
 */
final class Maps {
    private final BtfBuilder types;
    private final Structs structs;
    private final List<MapSpec> specs;

    private Maps(List<MapDeclaration> declared, MapIndexes indexes, BtfBuilder types) {
        this.types = types;
        this.structs = new Structs(types);
        List<MapSpec> all = new ArrayList<>(declared.stream().map(this::spec).toList());
        indexes.members().forEach((index, members) -> all.add(index(index, members, all)));
        this.specs = List.copyOf(all);
    }

    /** Returns an index, whose elements are like the smallest of its maps. */
    private static MapSpec index(String name, List<String> members, List<MapSpec> all) {
        MapSpec smallest = all.stream()
                .filter(map -> members.contains(map.name()))
                .map(map -> map.inner().orElse(map))
                .min((one, other) -> Integer.compare(one.maxEntries(), other.maxEntries()))
                .orElseThrow();
        return new MapSpec(name, MapType.ARRAY_OF_MAPS, Integer.BYTES, Integer.BYTES, members.size(), 0)
                .holding(smallest);
    }

    /** Returns these maps, and adds the types of the events that the code writes to a ring. */
    static Maps of(List<MapDeclaration> declared, MapIndexes indexes, Collection<HookCode> code, BtfBuilder types) {
        Maps maps = new Maps(declared, indexes, types);
        maps.events(code);
        return maps;
    }

    /**
     * Returns the maps that the code names or finds in an index, and the state that rules name, in
     * the order of docs/abi.md, then of the policy.
     */
    static List<MapDeclaration> declared(Policy policy, Collection<HookCode> code, MapIndexes indexes) {
        Set<String> symbols = symbols(code);
        symbols.addAll(indexes.maps());
        Set<String> kept = kept(policy, symbols);
        return possible(policy).stream()
                .filter(map -> symbols.contains(map.symbol()) || kept.contains(map.symbol()))
                .toList();
    }

    /**
     * Returns the maps of the state that rules name, even if no code of a rule is left. Includes
     * one map of a counter that no code updates. The state that can be read and changed on the host
     * therefore does not depend on which rules are unreachable.
     */
    private static Set<String> kept(Policy policy, Set<String> named) {
        Set<String> kept = StateUse.of(policy);
        for (Counter counter : policy.state().counters()) {
            List<String> maps =
                    counter.layouts().stream().map(CounterLayout::symbol).toList();
            boolean counted = maps.stream().anyMatch(named::contains);
            kept.removeAll(counted ? maps : maps.subList(1, maps.size()));
        }
        return kept;
    }

    /** Returns all symbols that this code names. */
    static Set<String> symbols(Collection<HookCode> code) {
        Set<String> symbols = new HashSet<>();
        code.forEach(each -> symbols.addAll(symbols(each)));
        return symbols;
    }

    private static List<String> symbols(HookCode code) {
        return code.assembly().symbols().stream().map(SymbolRef::name).toList();
    }

    private static List<MapDeclaration> possible(Policy policy) {
        State state = policy.state();
        List<MapDeclaration> maps = new ArrayList<>(List.of(
                Stamp.MAP,
                Origins.MAP,
                OriginalDestinationTransfer.LEFT,
                OriginalDestinationTransfer.TAKEN,
                OpenedConnection.MAP,
                EventLayout.ring(policy.ringBytes().orElse(EventLayout.RING_BYTES))));
        maps.add(EventLayout.losses(
                state.counters().stream().map(Counter::layout).toList()));
        int rules = policy.logged().size();
        if (rules > 0) {
            maps.add(EventLayout.limits(rules));
        }
        state.liveSets().forEach(set -> maps.add(set.type().map(set.name(), set.max())));
        state.tables().forEach(table -> maps.add(table.layout().map()));
        state.counters().stream()
                .flatMap(counter -> counter.layouts().stream())
                .forEach(layout -> maps.add(layout.map()));
        state.rates().forEach(rate -> maps.add(rate.layout().map()));
        return maps;
    }

    /** Returns the maps in the order in which they were declared. */
    List<MapSpec> specs() {
        return specs;
    }

    boolean has(String symbol) {
        return specs.stream().anyMatch(spec -> spec.name().equals(symbol));
    }

    private MapSpec spec(MapDeclaration map) {
        MapSpec bare =
                new MapSpec(map.symbol(), map.type(), map.keySize(), map.valueSize(), map.maxEntries(), map.flags());
        if (map.inner().isPresent()) {
            return bare.holding(spec(map.inner().get()));
        }
        return map.value()
                .map(value -> bare.typed(key(map), structs.type(value)))
                .orElse(bare);
    }

    /**
     * Returns the type of a key. Socket storage uses C's `int`, the descriptor of a socket; arrays
     * use an index.
     */
    private int key(MapDeclaration map) {
        return map.key()
                .map(structs::type)
                .orElseGet(() -> map.type() == MapType.SK_STORAGE
                        ? types.integer("int", BtfType.Encoding.SIGNED, Integer.BYTES)
                        : types.integer("unsigned int", BtfType.Encoding.UNSIGNED, Integer.BYTES));
    }

    /**
     * Adds the types of events. A ring has no type for its content, so readers find these types in
     * the object by name.
     */
    private void events(Collection<HookCode> code) {
        EnumSet<EventKind> kinds = EnumSet.noneOf(EventKind.class);
        code.stream()
                .filter(each -> symbols(each).contains(StateNames.EVENTS))
                .forEach(each -> kinds.add(EventKind.at(each.hook())));
        if (!kinds.isEmpty()) {
            structs.type(EventLayout.HEADER);
        }
        kinds.forEach(kind -> structs.type(kind.layout()));
    }
}
