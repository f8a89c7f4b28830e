package org.ringwall.compiler.table;

/** A table that says of a number to which class it belongs; classes are counted from 0. */
public sealed interface LookupTable extends DataTable permits Bitmap, IndexTable, PerfectHash, SearchTree {
    /** How many classes there are, at least two. */
    int classes();

    /** How many bits a number may have. */
    int numberBits();

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

        R indexTable(IndexTable table);
    }

    /** Calls the visitor's method for this kind. */
    <R> R accept(Visitor<R> visitor);
}
