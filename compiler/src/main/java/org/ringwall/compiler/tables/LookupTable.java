// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.tables;

/** A table that maps a number to its class, counted from 0, or to another result. */
public sealed interface LookupTable extends DataTable
        permits Bitmap, CuckooHash, DirectHash, IndexTable, IntervalHash, PerfectHash, SearchTree {
    /** Returns the number of low bits of the result that may be set. */
    int resultBits();

    /** Returns the number of bits of a class, for at least two classes. */
    static int bitsOfClasses(int classes) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(classes - 1);
    }

    /** Returns the maximum number of bits of a number. */
    int numberBits();

    /**
     * Returns the size of a cache line: no table needs more, and a node of a search tree is within
     * one.
     */
    @Override
    default int alignment() {
        return SearchTree.LINE;
    }

    /** An operation of another package on tables of any kind. */
    interface Visitor<R> {
        R searchTree(SearchTree table);

        R bitmap(Bitmap table);

        R perfectHash(PerfectHash table);

        R cuckooHash(CuckooHash table);

        R intervalHash(IntervalHash table);

        R directHash(DirectHash table);

        R indexTable(IndexTable table);
    }

    /** Calls the visitor's method for this kind of table. */
    <R> R accept(Visitor<R> visitor);
}
