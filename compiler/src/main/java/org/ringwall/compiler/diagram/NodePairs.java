// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.Optional;

/**
 * A hash table from pairs of nodes, by their numbers, to results. It has no object per key, because
 * a diagram may need millions of pairs.
 */
final class NodePairs<T> {
    private static final int FIRST_SIZE = 64;
    private static final long MIX = 0x9e37_79b9_7f4a_7c15L;

    private long[] keys = new long[FIRST_SIZE];
    private Object[] values = new Object[FIRST_SIZE];
    private int size;

    /** Returns the result for the pair; empty if there is none. */
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

    /** Returns the index of the key, or the free index where it belongs. */
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
