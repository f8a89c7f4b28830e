package org.ringwall.compiler.table;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * How a {@link SearchTree} is divided: the children of a node at each level, the root first. Every level is full, so that
 * what the verifier knows of a place, a number below a product of these, is exactly what the table holds, and no mask is
 * needed. A node lies in one cache line.
 *
 * @param intervals how many a tree of this shape must tell apart
 * @param keyBytes the size of a boundary, 4 or 8
 */
public record SearchShape(long intervals, int keyBytes, List<Integer> children) {
    private static final int LARGEST_ROOT = 16;
    private static final int[] INNER = {4, 8, 16};

    /** Instructions of a search that a verifier walks at most, if there is such a shape: a program has some forty more. */
    private static final int MOST_WALKED = 250;

    public SearchShape {
        children = List.copyOf(children);
    }

    /** The cheapest shape for so many intervals, with a class table of so many bytes an interval (0 for none). */
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
            // A level nearer the root is no wider: one order of each choice is enough. Only the last level of a tree
            // that has
            // several parts is better narrow, for it is walked once for each.
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

    /** Keys in a node of the level. */
    int keys(int level) {
        return children.get(level) - 1;
    }

    /** Nodes of the level. */
    int nodes(int level) {
        int nodes = 1;
        for (int above = 0; above < level; above++) {
            nodes = Math.multiplyExact(nodes, children.get(above));
        }
        return nodes;
    }

    /** How many intervals the table has room for: children of the last level. */
    int room() {
        return Math.multiplyExact(nodes(depth() - 1), children.get(depth() - 1));
    }

    /**
     * Whether the boundaries of the root are numbers in the code: then nothing is fetched for them. A number of 64 bits takes two
     * slots, so wide ones lie in the table.
     */
    boolean rootInCode() {
        return depth() > 1 && keyBytes == Integer.BYTES;
    }

    /** Bytes from one node of the level to the next, a power of two. */
    int stride(int level) {
        int bytes = keys(level) * keyBytes;
        return Integer.bitCount(bytes) == 1 ? bytes : Integer.highestOneBit(bytes) * 2;
    }

    /** Where the level begins. */
    int offset(int level) {
        int offset = 0;
        for (int above = 0; above < level; above++) {
            int bytes = above == 0 && rootInCode() ? 0 : Math.multiplyExact(nodes(above), stride(above));
            offset = Math.addExact(aligned(offset, above), bytes);
        }
        return aligned(offset, level);
    }

    /** Each level is aligned to its nodes, so that none lies across two cache lines. */
    private int aligned(int offset, int level) {
        int bytes = level < depth() ? Math.min(stride(level), SearchTree.LINE) : Long.BYTES;
        return (offset + bytes - 1) / bytes * bytes;
    }

    /** Bytes of all levels. */
    int bytes() {
        return offset(depth());
    }

    /**
     * How many tables the last level and the classes behind it are divided into: one where the whole tree is no larger than
     * {@link DataTable#MOST_BYTES}. Each part but the last has {@link #nodesOfPart} nodes.
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

    /** Nodes of the last level in each part but the last one. */
    int nodesOfPart(int classBytes) {
        int parts = parts(classBytes);
        return (nodes(depth() - 1) + parts - 1) / parts;
    }

    /** How many instructions a verifier walks: those of the last level once for each part. */
    int walked(int classBytes) {
        int last = Costs.LEVEL_INSTRUCTIONS + keys(depth() - 1) * ofKey(depth() - 1, classBytes);
        return cost(classBytes).instructions() + (parts(classBytes) - 1) * last;
    }

    /** As `search tree 6 × 8 × 8 of 300 intervals`. */
    public String text() {
        return children.stream()
                .map(String::valueOf)
                .collect(Collectors.joining(" × ", "search tree ", " of " + intervals + " intervals"));
    }

    /** Instructions a boundary: where the lowest bit of the place is the class, the last level is shorter. */
    private int ofKey(int level, int classBytes) {
        boolean parity = classBytes == 0 && level == depth() - 1;
        return parity ? Costs.PARITY_INSTRUCTIONS : Costs.KEY_INSTRUCTIONS;
    }

    /** What a search costs. */
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
