// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.emit;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.bpf.object.DataVariable;
import org.ringwall.bpf.object.Release;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.compiler.ir.Symbols;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.WrittenHooks;
import org.ringwall.compiler.tables.DataTable;

/** The global variables of docs/abi.md section 1: their places, values and types. */
final class Globals {
    private static final int CONTROL_SIZE = 24;

    private final BtfBuilder types;
    private final ByteOrder order;
    private final Map<String, Place> places = new HashMap<>();
    private final List<DataSection> sections;

    /** The section and the offset of a variable. */
    record Place(String section, int offset) {}

    /**
     * Creates all variables.
     *
     * @param hash the hash of the sources of the policy
     * @param texts the texts about state, by name
     * @param named the symbols that the code names
     * @param indexes the indexes in which the code finds maps
     */
    Globals(
            Policy policy,
            String hash,
            Map<String, String> texts,
            Set<String> named,
            MapIndexes indexes,
            Collection<DataTable> tables,
            String tool,
            ByteOrder order,
            BtfBuilder types) {
        this.types = types;
        this.order = order;
        this.sections = sections(facts(policy, hash, texts, named, indexes, tool), tables);
        sections.forEach(section -> section.variables()
                .forEach(variable -> places.put(variable.name(), new Place(section.name(), variable.offset()))));
    }

    List<DataSection> sections() {
        return sections;
    }

    /** Returns the place of the variable with this symbol in the code. */
    Place place(String symbol) {
        Place place = places.get(symbol);
        if (place == null) {
            throw new IllegalStateException("code reads `" + symbol + "`, which the object does not hold");
        }
        return place;
    }

    /**
     * Returns `.rodata` with all named variables, further read-only sections for tables that do not
     * fit into it, and `.data`.
     */
    private List<DataSection> sections(ReadOnlySection facts, Collection<DataTable> tables) {
        List<ReadOnlySection> readOnly = new ArrayList<>(List.of(facts));
        for (DataTable table : tables) {
            table.pieces(order).forEach(piece -> place(piece, readOnly));
        }
        List<DataSection> all = new ArrayList<>();
        readOnly.forEach(section -> all.add(section.made()));
        all.add(control());
        return List.copyOf(all);
    }

    /** Adds a piece to the first section that has room. */
    private void place(DataTable.Piece piece, List<ReadOnlySection> sections) {
        Optional<ReadOnlySection> room =
                sections.stream().filter(section -> section.hasRoom(piece)).findFirst();
        if (room.isEmpty()) {
            sections.add(new ReadOnlySection(".rodata." + sections.size(), types, order));
        }
        room.orElseGet(() -> sections.get(sections.size() - 1)).add(piece);
    }

    private ReadOnlySection facts(
            Policy policy, String hash, Map<String, String> texts, Set<String> named, MapIndexes indexes, String tool) {
        ReadOnlySection section = new ReadOnlySection(".rodata", types, order);
        section.word(Symbols.GENERATION, 0);
        if (named.contains(Symbols.ZERO)) {
            section.word(Symbols.ZERO, 0);
        }
        if (!indexes.isEmpty()) {
            section.numbers(Symbols.NUMBERS, indexes.longest());
        }
        for (Param param : policy.params()) {
            section.longWord(Symbols.param(param.name()), param.defaultValue());
        }
        section.string("policy", policy.name());
        section.string("abi", indexes.isEmpty() ? Release.CONTRACT : Release.CONTRACT_OF_INDEXES);
        section.string("source", hash);
        section.string("tool", tool);
        section.text(
                StateNames.WRITES,
                WrittenHooks.of(policy).stream().map(Hook::word).collect(Collectors.joining(" ")));
        for (Param param : policy.params()) {
            section.string("param_" + param.name(), describe(param));
        }
        texts.forEach(section::text);
        indexes.members().forEach((index, maps) -> section.text(StateNames.membersOf(index), String.join(" ", maps)));
        return section;
    }

    /** Returns a text such as `port 1024..65535 = 3128`. */
    private static String describe(Param param) {
        return param.typeName() + " " + Long.toUnsignedString(param.min()) + ".." + Long.toUnsignedString(param.max())
                + " = " + Long.toUnsignedString(param.defaultValue());
    }

    private DataSection control() {
        BtfType.Member lo = new BtfType.Member("lo", u32(), 0, 0);
        BtfType.Member hi = new BtfType.Member("hi", u32(), 32, 0);
        BtfType.Member mode = new BtfType.Member("mode", u32(), 64, 0);
        BtfType.Member reserved = new BtfType.Member("reserved", u32(), 96, 0);
        BtfType.Member until = new BtfType.Member("monitor_until", u64(), 128, 0);
        // The struct has no name: `bpftool gen skeleton` prints the members of such a struct, but
        // only the name of others.
        int type = types.struct("", CONTROL_SIZE, List.of(lo, hi, mode, reserved, until));
        DataVariable word = new DataVariable(Symbols.CONTROL, 0, CONTROL_SIZE, type);
        return new DataSection(".data", false, Bytes.zeros(CONTROL_SIZE), List.of(word));
    }

    private int u32() {
        return types.integer("unsigned int", BtfType.Encoding.UNSIGNED, 4);
    }

    private int u64() {
        return types.integer("unsigned long long", BtfType.Encoding.UNSIGNED, 8);
    }
}
