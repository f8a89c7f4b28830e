package org.ringwall.compiler.table;

/** A table that says something of a number: most of them to which class it belongs, counted from 0. */
public sealed interface LookupTable extends DataTable permits Bitmap, DirectHash, IndexTable, PerfectHash, SearchTree {
    /** How many low bits of what it says may be set. */
    int resultBits();

    /** The bits of the classes 0 to this many less one, at least two. */
    static int bitsOfClasses(int classes) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(classes - 1);
    }

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

        R directHash(DirectHash table);

        R indexTable(IndexTable table);
    }

    /** Calls the visitor's method for this kind. */
    <R> R accept(Visitor<R> visitor);
}
