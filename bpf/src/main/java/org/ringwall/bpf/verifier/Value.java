// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.verifier;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The possible contents of a register or a stack slot; each must be permitted wherever it is used.
 *
 * @param unset whether some path leaves it unset
 * @param numbers the numbers that it may be
 * @param pointers the pointers that it may be
 */
record Value(boolean unset, Numbers numbers, List<Pointer> pointers) {
    static final Value UNSET = new Value(true, Numbers.NONE, List.of());
    static final Value NOTHING = new Value(false, Numbers.NONE, List.of());
    static final Value UNKNOWN = new Value(false, Numbers.UNKNOWN, List.of());
    static final Value OPAQUE = of(new Pointer.Opaque());

    /** More different pointers than this are joined to {@link #OPAQUE}. */
    private static final int MOST_POINTERS = 6;

    Value {
        pointers = List.copyOf(pointers);
    }

    static Value of(Numbers numbers) {
        return new Value(false, numbers, List.of());
    }

    static Value of(Pointer pointer) {
        return new Value(false, Numbers.NONE, List.of(pointer));
    }

    /** Returns whether it is a number on every path. */
    boolean isNumber() {
        return !unset && pointers.isEmpty() && !numbers.isEmpty();
    }

    /** Returns the pointer, if it is this pointer and nothing else on every path. */
    Optional<Pointer> pointer() {
        return !unset && numbers.isEmpty() && pointers.size() == 1 ? Optional.of(pointers.get(0)) : Optional.empty();
    }

    /** Returns whether it may be a pointer of this id. */
    boolean mentions(int id) {
        for (Pointer pointer : pointers) {
            if (pointer.id() == id) {
                return true;
            }
        }
        return false;
    }

    /** Returns the same value with each pointer replaced. */
    Value map(Function<Pointer, Value> change) {
        if (pointers.isEmpty()) {
            return this;
        }
        Value changed = new Value(unset, numbers, List.of());
        for (Pointer pointer : pointers) {
            changed = join(changed, change.apply(pointer));
        }
        return changed;
    }

    /** Returns a hash without ranges of numbers, ids of pointers and verified ranges of packets. */
    long shape() {
        long shape = unset ? 1 : 2;
        shape = Stack.mixed(shape, numbers.isEmpty() ? 1 : numbers.isNarrow() ? numbers.hashCode() : 2);
        for (Pointer pointer : pointers) {
            shape = Stack.mixed(shape, pointer.shape());
        }
        return shape;
    }

    /** Returns the same value with other numbers. */
    Value withNumbers(Numbers other) {
        return new Value(unset, other, pointers);
    }

    /** Returns a value that covers both; `left` itself if it covers `right`. */
    static Value join(Value left, Value right) {
        if (left == right) {
            return left;
        }
        Numbers numbers = Numbers.join(left.numbers, right.numbers);
        List<Pointer> pointers = join(left.pointers, right.pointers);
        boolean unset = left.unset || right.unset;
        boolean covered = numbers == left.numbers && pointers == left.pointers && unset == left.unset;
        return covered ? left : new Value(unset, numbers, pointers);
    }

    private static List<Pointer> join(List<Pointer> left, List<Pointer> right) {
        if (right.isEmpty()) {
            return left;
        }
        List<Pointer> joined = new ArrayList<>(left);
        boolean same = true;
        for (Pointer pointer : right) {
            boolean found = false;
            for (int i = 0; i < joined.size() && !found; i++) {
                Optional<Pointer> both = Pointer.join(joined.get(i), pointer);
                found = both.isPresent();
                if (found) {
                    same &= joined.get(i) == both.get();
                    joined.set(i, both.get());
                }
            }
            if (!found) {
                joined.add(pointer);
                same = false;
            }
        }
        if (same) {
            return left;
        }
        return joined.size() > MOST_POINTERS ? OPAQUE.pointers : joined;
    }

    @Override
    public String toString() {
        Stream<String> all = Stream.concat(
                Stream.concat(
                        unset ? Stream.of("unset") : Stream.empty(),
                        numbers.isEmpty() ? Stream.empty() : Stream.of(numbers.toString())),
                pointers.stream().map(Pointer::toString));
        return all.collect(Collectors.joining(" or "));
    }
}
