package org.ringwall.compiler.diagram;

import java.util.Optional;

/**
 * What came of pairs of nodes, by the numbers of both: a hash table without an object for each key, since a diagram may draw
 * millions of pairs.
 */
final class NodePairs<T> {
    private static final int FIRST_SIZE = 64;
    private static final long MIX = 0x9e37_79b9_7f4a_7c15L;

    private long[] keys = new long[FIRST_SIZE];
    private Object[] values = new Object[FIRST_SIZE];
    private int size;

    /** What was put there; empty if nothing was. */
    @SuppressWarnings("unchecked")
    Optional<Node<T>> get(Node<?> left, Node<?> right) {
        return Optional.ofNullable((Node<T>) values[place(key(left, right))]);
    }

    void put(Node<?> left, Node<?> right, Node<T> made) {
        if (2 * size > keys.length) {
            grow();
        }
        long key = key(left, right);
        int place = place(key);
        size += values[place] == null ? 1 : 0;
        keys[place] = key;
        values[place] = made;
    }

    private static long key(Node<?> left, Node<?> right) {
        return (long) left.id() << Integer.SIZE | right.id();
    }

    /** Where the key is, or the empty place where it belongs. */
    private int place(long key) {
        int mask = keys.length - 1;
        int place = (int) (key * MIX >>> Integer.SIZE) & mask;
        while (values[place] != null && keys[place] != key) {
            place = place + 1 & mask;
        }
        return place;
    }

    private void grow() {
        long[] oldKeys = keys;
        Object[] oldValues = values;
        keys = new long[2 * oldKeys.length];
        values = new Object[keys.length];
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldValues[i] != null) {
                int place = place(oldKeys[i]);
                keys[place] = oldKeys[i];
                values[place] = oldValues[i];
            }
        }
    }
}
