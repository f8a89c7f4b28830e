// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Comparison;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.StringPattern;

/**
 * A condition on a request without side effects (docs/semantics.md section 3). Every comparison
 * with constants is a membership test.
 */
public sealed interface Guard {
    /** The same value for every request. */
    record Const(boolean value) implements Guard {}

    /** The negation of a guard. */
    record Not(Guard guard) implements Guard {}

    /** The conjunction of guards. */
    record And(List<Guard> guards) implements Guard {
        public And {
            guards = List.copyOf(guards);
        }
    }

    /** The disjunction of guards. */
    record Or(List<Guard> guards) implements Guard {
        public Or {
            guards = List.copyOf(guards);
        }
    }

    /** The numeric field is present and a member. */
    record In(Field field, IntervalSet set) implements Guard {
        public In {
            if (field.type().max() == 0) {
                throw new IllegalArgumentException("`" + field.text() + "` is not a number");
            }
        }
    }

    /** The address field is present and a member. */
    record AddressIn(Field field, AddressSet set) implements Guard {}

    /** The device is in one of the ranges. */
    record DeviceIn(List<DeviceRange> ranges) implements Guard {
        public DeviceIn {
            ranges = List.copyOf(ranges);
        }
    }

    /** The string field is present and matches one of these. */
    record Matches(Field field, SortedSet<StringPattern> patterns) implements Guard {
        public Matches {
            if (field.type() != FieldType.STRING) {
                throw new IllegalArgumentException("`" + field.text() + "` is not a string");
            }
            patterns = java.util.Collections.unmodifiableSortedSet(new TreeSet<>(patterns));
        }
    }

    /** The numeric field is present and the unsigned comparison with the param's value holds. */
    record CompareParam(Field field, Comparison comparison, Param param) implements Guard {}

    /** The field is present, within the live set's range, and covered by an entry. */
    record InLive(Field field, LiveSet set) implements Guard {}

    /** Returns the parts that are no negation, conjunction or disjunction, in source order. */
    default Stream<Guard> atoms() {
        if (this instanceof Not not) {
            return not.guard().atoms();
        } else if (this instanceof And and) {
            return and.guards().stream().flatMap(Guard::atoms);
        } else if (this instanceof Or or) {
            return or.guards().stream().flatMap(Guard::atoms);
        }
        return Stream.of(this);
    }

    /** Whether an atom tests the field. */
    default boolean reads(Field field) {
        return atoms().anyMatch(atom -> atom instanceof AddressIn in && in.field() == field
                || atom instanceof InLive live && live.field() == field
                || atom instanceof In in && in.field() == field
                || atom instanceof CompareParam compare && compare.field() == field
                || atom instanceof Matches matches && matches.field() == field);
    }

    /** The guard that is always true. */
    Guard TRUE = new Const(true);

    /** An operation of another package on guards of any kind. */
    interface Visitor<R> {
        R constant(Const guard);

        R not(Not guard);

        R and(And guard);

        R or(Or guard);

        R in(In guard);

        R addressIn(AddressIn guard);

        R deviceIn(DeviceIn guard);

        R matches(Matches guard);

        R compareParam(CompareParam guard);

        R inLive(InLive guard);
    }

    /** Calls the visitor's method for this kind of guard. */
    default <R> R accept(Visitor<R> visitor) {
        if (this instanceof Const guard) {
            return visitor.constant(guard);
        } else if (this instanceof Not guard) {
            return visitor.not(guard);
        } else if (this instanceof And guard) {
            return visitor.and(guard);
        } else if (this instanceof Or guard) {
            return visitor.or(guard);
        } else if (this instanceof In guard) {
            return visitor.in(guard);
        } else if (this instanceof AddressIn guard) {
            return visitor.addressIn(guard);
        } else if (this instanceof DeviceIn guard) {
            return visitor.deviceIn(guard);
        } else if (this instanceof Matches guard) {
            return visitor.matches(guard);
        } else if (this instanceof CompareParam guard) {
            return visitor.compareParam(guard);
        }
        return visitor.inLive((InLive) this);
    }
}
