// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.btf;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;

/**
 * A table of types. The id of an entry is its index in the list plus one; 0 is `void`. References
 * may point anywhere in the table, also in cycles, but not beyond it.
 */
public record Btf(List<BtfType> types) {
    /** The table without types. */
    public static final Btf EMPTY = new Btf(List.of());

    public Btf {
        types = List.copyOf(types);
        Checks.id(types.size());
        int count = types.size();
        HighestId highest = new HighestId();
        for (BtfType type : types) {
            Checks.that(type.accept(highest) <= count, "type id beyond the table");
        }
    }

    /** Returns the type with this id, which must be in 1..size. */
    public BtfType type(int id) {
        return types.get(id - 1);
    }

    /** Returns whether {@code id} is the id of a type in the table; `void` is not. */
    public boolean contains(int id) {
        return id >= 1 && id <= types.size();
    }

    /** Returns the first struct with this name. */
    public Optional<BtfType.Composite> struct(String name) {
        return first(type -> type instanceof BtfType.Composite composite
                        && composite.aggregate() == BtfType.Aggregate.STRUCT
                        && composite.name().equals(name))
                .stream()
                .mapToObj(this::type)
                .map(BtfType.Composite.class::cast)
                .findFirst();
    }

    /** Returns the id of the function with this name. */
    public OptionalInt func(String name) {
        return first(type -> type instanceof BtfType.Func func && func.name().equals(name));
    }

    /** Returns the id of the data section with this name. */
    public OptionalInt dataSec(String name) {
        return first(type ->
                type instanceof BtfType.DataSec section && section.name().equals(name));
    }

    /** Returns the lowest id whose type satisfies the predicate. */
    public OptionalInt first(Predicate<BtfType> test) {
        for (int i = 0; i < types.size(); i++) {
            if (test.test(types.get(i))) {
                return OptionalInt.of(i + 1);
            }
        }
        return OptionalInt.empty();
    }

    /**
     * Returns the id of the type without typedefs, const, volatile, restrict and type tags; `void`
     * if these form a cycle.
     */
    public int strip(int id) {
        int at = id;
        for (int step = 0; step < MAX_DEPTH && at != 0; step++) {
            BtfType type = type(at);
            if (type instanceof BtfType.Typedef typedef) {
                at = typedef.type();
            } else if (type instanceof BtfType.TypeTag tag) {
                at = tag.type();
            } else if (type instanceof BtfType.Reference reference && reference.ref() != BtfType.Ref.PTR) {
                at = reference.type();
            } else {
                return at;
            }
        }
        return 0;
    }

    /** The kernel's bound on nested types (MAX_RESOLVE_DEPTH in kernel/bpf/btf.c). */
    static final int MAX_DEPTH = 32;

    /**
     * Returns the size of a value of the type in bytes; empty for `void`, functions, and types that
     * are nested too deeply.
     */
    public Optional<Long> sizeOf(int id) {
        long count = 1;
        int at = strip(id);
        for (int step = 0; step < MAX_DEPTH && at != 0; step++) {
            if (!(type(at) instanceof BtfType.Array array)) {
                long factor = count;
                return type(at).accept(new Sizes()).map(size -> factor * size);
            }
            // INVARIANT: both factors are less than 2^32, so the product is checked before it can
            // overflow.
            if (array.count() != 0 && count > 0xffff_ffffL / array.count()) {
                return Optional.empty();
            }
            count *= array.count();
            at = strip(array.element());
        }
        return Optional.empty();
    }
}
