// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.tables;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The shape of a {@link SearchTree}: the number of children of a node at each level, the root
 * first. Every level is full, so the verifier's bounds of a position, the product of these numbers,
 * equal the table's size, and no mask is needed. A node is within one cache line.
 *
 * @param intervals the number of intervals that the tree must distinguish
 * @param keyBytes the size of a boundary, 4 or 8
 */
public record SearchShape(long intervals, int keyBytes, List<Integer> children) {
    private static final int LARGEST_ROOT = 16;
    private static final int[] INNER = {4, 8, 16};

    /**
     * The maximum number of instructions that the verifier walks, if there is such a shape; a
     * program has some forty more.
     */
    private static final int MOST_WALKED = 250;

    public SearchShape {
        children = List.copyOf(children);
    }

    /**
     * Returns the cheapest shape for this many intervals and this many bytes for each class (0 for
     * no class table).
     */
    public static SearchShape cheapest(int intervals, int keyBytes, int classBytes) {
        List<SearchShape> shapes = new ArrayList<>();
        grow(intervals, keyBytes, new ArrayList<>(), 1, shapes);
        Comparator<SearchShape> byCost = (one, other) -> one.cost(classBytes).compareTo(other.cost(classBytes));
        SearchShape cheapest =
                shapes.stream().min(byCost).orElseThrow(() -> new IllegalStateException("no shape for " + intervals));
        if (cheapest.parts(classBytes) == 1) {
            return cheapest;
        }
        List<SearchShape> fitting = shapes.stream()
                .filter(shape -> shape.offset(shape.depth() - 1) <= DataTable.MOST_BYTES)
                .toList();
        return fitting.stream()
                .filter(shape -> shape.walked(classBytes) <= MOST_WALKED)
                .min(byCost)
                .orElseGet(() -> fitting.stream()
                        .min(Comparator.comparingInt(shape -> shape.walked(classBytes)))
                        .orElse(cheapest));
    }

    /** Adds every shape with these lower levels; `below` is the product of their children. */
    private static void grow(int intervals, int keyBytes, List<Integer> lower, long below, List<SearchShape> shapes) {
        long root = (intervals + below - 1) / below;
        if (root <= LARGEST_ROOT) {
            List<Integer> children = new ArrayList<>();
            children.add((int) Math.max(2, root));
            children.addAll(lower);
            shapes.add(new SearchShape(intervals, keyBytes, children));
            return;
        }
        for (int inner : INNER) {
            // A level nearer the root is no wider, because only one order of each choice is needed.
            // The last level of a tree with several parts is the exception: a narrow one is better,
            // since it is walked once for each part.
            boolean inLine = (inner - 1) * keyBytes <= SearchTree.LINE;
            boolean aboveParts = lower.size() == 1 && (long) intervals * keyBytes > DataTable.MOST_BYTES / 2;
            if (inLine && (lower.isEmpty() || aboveParts || inner <= lower.get(0))) {
                List<Integer> more = new ArrayList<>(lower);
                more.add(0, inner);
                grow(intervals, keyBytes, more, below * inner, shapes);
            }
        }
    }

    int depth() {
        return children.size();
    }

    /** Returns the number of keys in a node of the level. */
    int keys(int level) {
        return children.get(level) - 1;
    }

    /** Returns the number of nodes of the level. */
    int nodes(int level) {
        int nodes = 1;
        for (int above = 0; above < level; above++) {
            nodes = Math.multiplyExact(nodes, children.get(above));
        }
        return nodes;
    }

    /** Returns the capacity in intervals: the children of the last level. */
    int room() {
        return Math.multiplyExact(nodes(depth() - 1), children.get(depth() - 1));
    }

    /**
     * Whether the boundaries of the root are immediates and need no loads. 64-bit numbers would
     * take two slots, so they are in the table.
     */
    boolean rootInCode() {
        return depth() > 1 && keyBytes == Integer.BYTES;
    }

    /** Returns the distance between nodes of the level in bytes, a power of two. */
    int stride(int level) {
        int bytes = keys(level) * keyBytes;
        return Integer.bitCount(bytes) == 1 ? bytes : Integer.highestOneBit(bytes) * 2;
    }

    int offset(int level) {
        int offset = 0;
        for (int above = 0; above < level; above++) {
            int bytes = above == 0 && rootInCode() ? 0 : Math.multiplyExact(nodes(above), stride(above));
            offset = Math.addExact(aligned(offset, above), bytes);
        }
        return aligned(offset, level);
    }

    /** Aligns each level to its nodes, so that none crosses a cache line. */
    private int aligned(int offset, int level) {
        int bytes = level < depth() ? Math.min(stride(level), SearchTree.LINE) : Long.BYTES;
        return (offset + bytes - 1) / bytes * bytes;
    }

    /** Returns the size of all levels in bytes. */
    int bytes() {
        return offset(depth());
    }

    /**
     * Returns the number of tables that the last level and its classes are divided into: one if the
     * whole tree fits {@link DataTable#MOST_BYTES}. Each part but the last has {@link #nodesOfPart}
     * nodes.
     */
    int parts(int classBytes) {
        long whole = bytes() + (long) room() * classBytes;
        if (whole <= DataTable.MOST_BYTES || depth() == 1) {
            return 1;
        }
        int last = depth() - 1;
        long ofNode = stride(last) + (long) children.get(last) * classBytes;
        long most = (DataTable.MOST_BYTES - SearchTree.LINE) / ofNode;
        return Math.toIntExact((nodes(last) + most - 1) / most);
    }

    /** Returns the number of nodes of the last level in each part but the last one. */
    int nodesOfPart(int classBytes) {
        int parts = parts(classBytes);
        return (nodes(depth() - 1) + parts - 1) / parts;
    }

    /**
     * Returns the number of instructions that the verifier walks: those of the last level once for
     * each part.
     */
    int walked(int classBytes) {
        int last = Costs.LEVEL_INSTRUCTIONS + keys(depth() - 1) * ofKey(depth() - 1, classBytes);
        return cost(classBytes).instructions() + (parts(classBytes) - 1) * last;
    }

    /** Returns the description, as in `search tree 6 × 8 × 8 of 300 intervals`. */
    public String text() {
        return children.stream()
                .map(String::valueOf)
                .collect(Collectors.joining(" × ", "search tree ", " of " + intervals + " intervals"));
    }

    /**
     * Returns the instructions for a boundary. The last level is shorter if the parity of the
     * position is the class.
     */
    private int ofKey(int level, int classBytes) {
        boolean parity = classBytes == 0 && level == depth() - 1;
        return parity ? Costs.PARITY_INSTRUCTIONS : Costs.KEY_INSTRUCTIONS;
    }

    public Cost cost(int classBytes) {
        int instructions = Costs.LOOKUP_INSTRUCTIONS;
        double nanoseconds = Costs.LOOKUP_NS;
        for (int level = 0; level < depth(); level++) {
            int ofKey = ofKey(level, classBytes);
            long table = level == 0 && rootInCode() ? 0 : (long) nodes(level) * stride(level);
            instructions += Costs.LEVEL_INSTRUCTIONS + keys(level) * ofKey;
            nanoseconds += Costs.LEVEL_NS + keys(level) * ofKey * Costs.STRAIGHT_NS + Costs.access(table);
        }
        int parts = parts(classBytes);
        instructions += parts == 1 ? 0 : parts * Costs.PART_INSTRUCTIONS;
        nanoseconds += parts == 1 ? 0 : parts * Costs.COMPARE_NS / 2;
        return new Cost(instructions, nanoseconds + Costs.access((long) room() * classBytes));
    }
}
