// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.util.List;
import java.util.Map;
import org.ringwall.bpf.insn.Insn;

/**
 * The readable parts of any BPF object, also of one that {@link ObjectReader} refuses. They are
 * shown to users, and are not complete enough for loading.
 *
 * @param functions the functions of all code sections, in the order of the file
 * @param skipped one line for each part that is not shown, with the reason
 */
public record PartialObject(List<Function> functions, List<MapSpec> maps, List<Data> data, List<String> skipped) {
    public PartialObject {
        functions = List.copyOf(functions);
        maps = List.copyOf(maps);
        data = List.copyOf(data);
        skipped = List.copyOf(skipped);
    }

    /**
     * A function.
     *
     * @param targets by slot, what an instruction with a relocation refers to
     * @param lines by slot, the source lines
     */
    public record Function(
            String name, String section, List<Insn> insns, Map<Integer, String> targets, Map<Integer, LineInfo> lines) {
        public Function {
            insns = List.copyOf(insns);
            targets = Map.copyOf(targets);
            lines = Map.copyOf(lines);
        }
    }

    /** A section of data, whose variables may overlap. */
    public record Data(String section, Bytes content, List<DataVariable> variables) {
        public Data {
            variables = List.copyOf(variables);
        }
    }
}
