package org.ringwall.compiler.diagram;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/** Atoms at sysctl; names are told apart by their place in an ascending list. */
final class SysctlAtoms extends Atoms {
    private final List<String> names;

    SysctlAtoms(Booleans booleans, List<String> names) {
        super(booleans);
        this.names = names;
    }

    @Override
    Optional<Variable> variable(Field field) {
        return identity(field);
    }

    @Override
    Node<Boolean> in(Field field, IntervalSet set) {
        return switch (field) {
            case READ -> write(set.contains(0), set.contains(1));
            case WRITE -> write(set.contains(1), set.contains(0));
            default -> super.in(field, set);
        };
    }

    private Node<Boolean> write(boolean whenWriting, boolean whenReading) {
        Node<Boolean> reading = booleans().member(Variable.WRITE, IntervalSet.of(0));
        return booleans()
                .or(
                        booleans().and(reading, booleans().constant(whenReading)),
                        booleans().and(booleans().not(reading), booleans().constant(whenWriting)));
    }

    @Override
    Node<Boolean> nameIn(Guard.NameIn guard) {
        List<Interval> classes = guard.names().stream()
                .map(name -> 1L + names.indexOf(name))
                .map(number -> Interval.of(number, number))
                .toList();
        return booleans().member(Variable.NAME, IntervalSet.of(classes));
    }
}
