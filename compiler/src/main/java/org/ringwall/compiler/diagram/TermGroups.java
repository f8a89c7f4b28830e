package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The variables of {@link Terms}, those with few classes together: one row of bits is fetched for each group. */
public final class TermGroups {
    /** The address of a row of each group is in a register in the end. */
    private static final int MOST = 5;

    /** Bytes of one group's rows that several variables may share. */
    private static final long SHARED = 64 << 10;

    /** Bytes of one group's rows. */
    private static final long LARGEST = 2 << 20;

    private TermGroups() {}

    /** The groups, who asks in the first ones; empty where they would be too many or too large. */
    public static Optional<List<List<TermClasses>>> of(Terms terms) {
        List<TermClasses> all = new ArrayList<>();
        terms.variables().forEach(variable -> all.add(TermClasses.of(terms, variable)));
        all.removeIf(classes -> classes.size() == 1);
        all.sort(Comparator.comparing(TermClasses::size));
        long width = (terms.list().size() + Long.SIZE - 1) / Long.SIZE * (long) Long.BYTES;
        for (long shared = SHARED; shared <= LARGEST; shared *= 2) {
            List<List<TermClasses>> groups = packed(all, shared / width);
            if (groups.size() <= MOST && groups.stream().allMatch(group -> rows(group) <= LARGEST / width)) {
                groups.forEach(group -> group.sort(Comparator.comparing(TermGroups::isEasy)));
                groups.sort(Comparator.comparing(group -> isEasy(group.get(0))));
                return Optional.of(groups);
            }
        }
        return Optional.empty();
    }

    private static List<List<TermClasses>> packed(List<TermClasses> ascending, long most) {
        List<List<TermClasses>> groups = new ArrayList<>();
        for (TermClasses classes : ascending) {
            int last = groups.size() - 1;
            if (last >= 0 && rows(groups.get(last)) << classes.bits() <= most) {
                groups.get(last).add(classes);
            } else {
                groups.add(new ArrayList<>(List.of(classes)));
            }
        }
        return groups;
    }

    /** How many rows a group has. */
    private static long rows(List<TermClasses> group) {
        return 1L << group.stream().mapToInt(TermClasses::bits).sum();
    }

    /** Whether no call reads it. */
    private static boolean isEasy(TermClasses classes) {
        return classes.variable().compareTo(Variable.STAMPED) < 0;
    }
}
