package org.ringwall.compiler.table;

import java.util.Optional;

/** A table that says something of a number: most of them to which class it belongs, counted from 0. */
public sealed interface LookupTable extends DataTable
        permits Bitmap, CuckooHash, DirectHash, IndexTable, IntervalHash, PerfectHash, SearchTree {
    /** How many low bits of what it says may be set. */
    int resultBits();

    /** The bits of the classes 0 to this many less one, at least two. */
    static int bitsOfClasses(int classes) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(classes - 1);
    }

    /** How many bits a number may have. */
    int numberBits();

    /** Whether it is asked with the number that a load of two bytes in network order gives, whatever the machine's order. */
    default boolean takesStored() {
        return false;
    }

    /** The table that says the same when it is asked so; empty where there is none. */
    default Optional<LookupTable> forStored() {
        return Optional.empty();
    }

    /** A cache line's: no table needs more, and a node of a search tree lies in one. */
    @Override
    default int alignment() {
        return SearchTree.LINE;
    }

    /** What another package does with a table. */
    interface Visitor<R> {
        R searchTree(SearchTree table);

        R bitmap(Bitmap table);

        R perfectHash(PerfectHash table);

        R cuckooHash(CuckooHash table);

        R intervalHash(IntervalHash table);

        R directHash(DirectHash table);

        R indexTable(IndexTable table);
    }

    /** Calls the visitor's method for this kind. */
    <R> R accept(Visitor<R> visitor);
}
