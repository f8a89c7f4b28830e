// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;

/**
 * The declarations that loaders look for in an object's BTF: a VAR for each map and variable, and a
 * DATASEC for `.maps`, each data section, the license, and `.ksyms`, where kernel functions are
 * declared. Existing ids keep their meaning, and a complete object does not change.
 */
final class Declarations {
    static final String MAPS = ".maps";
    static final String KSYMS = ".ksyms";

    private final BtfBuilder types;
    private final Map<String, BtfType.DataSec> known = new HashMap<>();
    private final List<BtfType.DataSec> sections = new ArrayList<>();
    private final Btf before;

    private Declarations(Btf before) {
        this.before = before;
        this.types = new BtfBuilder(before);
        for (BtfType type : before.types()) {
            if (type instanceof BtfType.DataSec section) {
                known.putIfAbsent(section.name(), section);
            }
        }
    }

    /** Returns the same object with all declarations. */
    static BpfObject complete(BpfObject object) {
        Declarations declarations = new Declarations(object.btf());
        if (!object.maps().isEmpty()) {
            declarations.maps(object.maps());
        }
        object.data().forEach(declarations::data);
        declarations.kernel(kernelFunctions(object.programs()));
        return new BpfObject(
                object.order(),
                object.license(),
                object.programs(),
                object.maps(),
                object.data(),
                declarations.build(object.license()));
    }

    private void maps(List<MapSpec> maps) {
        List<BtfType.SecVar> variables = new ArrayList<>();
        long offset = 0;
        for (MapSpec map : maps) {
            int variable = variable(MAPS, map.name(), definition(map));
            BtfType.Var declared = (BtfType.Var) types.type(variable);
            long size = ((BtfType.Composite) types.type(declared.type())).size();
            variables.add(new BtfType.SecVar(variable, offset, size));
            offset += size;
        }
        sections.add(new BtfType.DataSec(MAPS, offset, variables));
    }

    /** Returns the struct that already defines the map, or a new one. */
    private int definition(MapSpec map) {
        for (BtfType.SecVar existing : declared(MAPS)) {
            if (before.type(existing.type()) instanceof BtfType.Var variable
                    && variable.name().equals(map.name())
                    && before.contains(variable.type())
                    && before.type(variable.type()) instanceof BtfType.Composite
                    && defines(variable.type(), map)) {
                return variable.type();
            }
        }
        return MapDefinitions.add(types, map);
    }

    private boolean defines(int id, MapSpec map) {
        try {
            return MapDefinitions.read(before, map.name(), id).equals(map);
        } catch (ObjectFormatException e) {
            return false;
        }
    }

    private void data(DataSection section) {
        boolean untyped = section.variables().stream().anyMatch(variable -> variable.btfTypeId() == 0);
        if (section.variables().isEmpty() || untyped) {
            return;
        }
        List<BtfType.SecVar> variables = new ArrayList<>();
        for (DataVariable variable : section.variables()) {
            int id = variable(section.name(), variable.name(), variable.btfTypeId());
            variables.add(new BtfType.SecVar(id, variable.offset(), variable.size()));
        }
        sections.add(new BtfType.DataSec(section.name(), section.content().size(), variables));
    }

    /** Returns the kernel functions that programs call, by name. */
    static SortedSet<String> kernelFunctions(List<ProgramSpec> programs) {
        return programs.stream()
                .flatMap(program -> program.kfuncCalls().stream())
                .map(KfuncCall::function)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /**
     * Declares kernel functions. Existing declarations and their order do not change. Functions
     * have neither offset nor size.
     */
    private void kernel(SortedSet<String> functions) {
        List<BtfType.SecVar> all = new ArrayList<>(declared(KSYMS));
        for (String function : functions) {
            int id = Consistency.external(before, function).orElseThrow();
            if (all.stream().noneMatch(entry -> entry.type() == id)) {
                all.add(new BtfType.SecVar(id, 0, 0));
            }
        }
        if (!functions.isEmpty()) {
            sections.add(new BtfType.DataSec(
                    KSYMS, known.containsKey(KSYMS) ? known.get(KSYMS).size() : 0, all));
        }
    }

    private int variable(String section, String name, int type) {
        for (BtfType.SecVar existing : declared(section)) {
            if (before.type(existing.type()) instanceof BtfType.Var variable
                    && variable.name().equals(name)
                    && variable.type() == type) {
                return existing.type();
            }
        }
        return types.add(new BtfType.Var(name, type, BtfType.Linkage.GLOBAL));
    }

    private List<BtfType.SecVar> declared(String section) {
        BtfType.DataSec existing = known.get(section);
        return existing == null
                ? List.of()
                : existing.variables().stream()
                        .filter(variable -> before.contains(variable.type()))
                        .toList();
    }

    /**
     * Declares the license: libbpf's static linker requires a declaration of each section with
     * data.
     */
    private void license(String license) {
        if (known.containsKey(ObjectWriter.LICENSE) || types.build().types().isEmpty()) {
            return;
        }
        int length = ObjectWriter.licenseBytes(license).length;
        int text = types.array(types.integer("char", BtfType.Encoding.SIGNED, 1), length);
        int variable = types.add(new BtfType.Var(ObjectWriter.LICENSE_SYMBOL, text, BtfType.Linkage.GLOBAL));
        types.add(new BtfType.DataSec(ObjectWriter.LICENSE, length, List.of(new BtfType.SecVar(variable, 0, length))));
    }

    private Btf build(String license) {
        Map<String, BtfType.DataSec> wanted = new HashMap<>();
        for (BtfType.DataSec section : sections) {
            wanted.put(section.name(), section);
            if (!known.containsKey(section.name())) {
                types.add(section);
            }
        }
        license(license);
        // libbpf accepts a DATASEC without a size only with offsets from symbols; this fills in
        // what clang leaves open.
        List<BtfType.SecVar> licensed = declared(ObjectWriter.LICENSE);
        if (licensed.size() == 1) {
            long size = ObjectWriter.licenseBytes(license).length;
            List<BtfType.SecVar> variables =
                    List.of(new BtfType.SecVar(licensed.get(0).type(), 0, size));
            wanted.put(ObjectWriter.LICENSE, new BtfType.DataSec(ObjectWriter.LICENSE, size, variables));
        }
        List<BtfType> all = new ArrayList<>();
        for (BtfType type : types.build().types()) {
            boolean section = type instanceof BtfType.DataSec && wanted.containsKey(type.name());
            all.add(section ? wanted.get(type.name()) : type);
        }
        return new Btf(all);
    }
}
