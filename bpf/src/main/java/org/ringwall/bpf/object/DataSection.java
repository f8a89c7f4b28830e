// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.util.List;
import java.util.Optional;

/**
 * A section of global data, for which a loader creates an array map with one element.
 *
 * @param name `.rodata`, `.data` or `.bss`, or one of these with a suffix as compilers add them
 * @param readOnly programs cannot write it, and a loader freezes it: true for `.rodata` and its
 *     variants
 * @param variables by offset, without overlap
 */
public record DataSection(String name, boolean readOnly, Bytes content, List<DataVariable> variables) {
    public DataSection {
        Checks.that(isDataName(name), "`" + name + "` is not the name of a data section");
        Checks.that(content.size() > 0, "`" + name + "` is empty");
        Checks.that(readOnly == isOf(name, ".rodata"), "`" + name + "` is read-only by its name alone");
        Checks.that(!isOf(name, ".bss") || content.isZero(), "`.bss` holds zeros");
        variables = List.copyOf(variables);
        Checks.distinct("variable", variables, DataVariable::name);
        int end = 0;
        for (DataVariable variable : variables) {
            Checks.that(variable.offset() >= end, "variable `" + variable.name() + "` overlaps or is out of order");
            Checks.that(
                    variable.size() <= content.size() - variable.offset(),
                    "variable `" + variable.name() + "` exceeds its section");
            end = variable.offset() + variable.size();
        }
    }

    /**
     * Returns whether a section of this name contains global data (libbpf:
     * bpf_object__elf_collect).
     */
    public static boolean isDataName(String name) {
        return isOf(name, ".rodata") || isOf(name, ".data") || isOf(name, ".bss");
    }

    /** Returns whether the section has no bytes in the file. */
    boolean isZeroFilled() {
        return isOf(name, ".bss");
    }

    /** Returns the variable with this name. */
    public Optional<DataVariable> variable(String wanted) {
        return variables.stream().filter(v -> v.name().equals(wanted)).findFirst();
    }

    private static boolean isOf(String name, String family) {
        return name.equals(family) || name.startsWith(family + ".");
    }
}
