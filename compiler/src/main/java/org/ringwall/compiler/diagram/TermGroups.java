// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The grouping of the variables of {@link BitVectorClassifier}. Variables with few classes share a
 * group, because a program loads one row of bits per group.
 */
public final class TermGroups {
    /** The maximum number of groups: the address of each group's row is kept in a register. */
    private static final int MOST = 5;

    /** The initial limit, in bytes, on the rows of a group of several variables. */
    private static final long SHARED = 64 << 10;

    /** The maximum size, in bytes, of the rows of a group. */
    private static final long LARGEST = 2 << 20;

    private TermGroups() {}

    /**
     * Returns the groups, those with variables of the caller's identity first. Empty if they would
     * be too many or too large.
     */
    public static Optional<List<List<FieldClasses>>> of(BitVectorClassifier terms) {
        List<FieldClasses> all = new ArrayList<>();
        terms.variables().forEach(variable -> all.add(FieldClasses.of(terms, variable)));
        all.removeIf(classes -> classes.size() == 1);
        all.sort(Comparator.comparing(FieldClasses::size));
        long width = (terms.list().size() + Long.SIZE - 1) / Long.SIZE * (long) Long.BYTES;
        for (long shared = SHARED; shared <= LARGEST; shared *= 2) {
            List<List<FieldClasses>> groups = packed(all, shared / width);
            if (groups.size() <= MOST && groups.stream().allMatch(group -> rows(group) <= LARGEST / width)) {
                groups.forEach(group -> group.sort(Comparator.comparing(TermGroups::isEasy)));
                groups.sort(Comparator.comparing(group -> isEasy(group.get(0))));
                return Optional.of(groups);
            }
        }
        return Optional.empty();
    }

    private static List<List<FieldClasses>> packed(List<FieldClasses> ascending, long most) {
        List<List<FieldClasses>> groups = new ArrayList<>();
        for (FieldClasses classes : ascending) {
            int last = groups.size() - 1;
            if (last >= 0 && rows(groups.get(last)) << classes.bits() <= most) {
                groups.get(last).add(classes);
            } else {
                groups.add(new ArrayList<>(List.of(classes)));
            }
        }
        return groups;
    }

    /** Returns the number of rows of a group. */
    private static long rows(List<FieldClasses> group) {
        return 1L << group.stream().mapToInt(FieldClasses::bits).sum();
    }

    /** Returns whether the variable can be read without a helper call. */
    private static boolean isEasy(FieldClasses classes) {
        return classes.variable().compareTo(Variable.STAMPED) < 0;
    }
}
