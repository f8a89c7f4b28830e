// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.tables;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A search tree over intervals with many children per node, followed by the class of each interval.
 * A node contains its boundaries in ascending order: the last numbers of all its children but one.
 * The index of the next child is the number of boundaries less than the searched number, which is
 * computed without a branch. Two classes alternate, and the lowest bit of the position is the
 * class. If one section cannot hold the tree, its last level is divided into parts, each followed
 * by its classes; the levels above select the part.
 */
public final class SearchTree implements LookupTable {
    /** The size of a cache line in bytes. */
    static final int LINE = 64;

    private static final int MOST_BYTE_CLASSES = 256;
    private static final int MOST_SHORT_CLASSES = 1 << 16;

    private final SearchShape shape;
    private final long[] boundaries;
    private final int[] classOfInterval;
    private final int classes;
    private final String symbol;

    private SearchTree(SearchShape shape, long[] boundaries, int[] classOfInterval, int classes) {
        this.shape = shape;
        this.boundaries = boundaries;
        this.classOfInterval = classOfInterval;
        this.classes = classes;
        this.symbol = DataTable.symbol("search", content(ByteOrder.LITTLE_ENDIAN));
    }

    /**
     * Returns the tree of these intervals.
     *
     * @param boundaries the last number of every interval but the last one, ascending; less than
     *     2^63
     * @param classOfInterval the class of every interval; adjacent ones differ, and of two classes
     *     the first is 0
     * @param shape a shape with sufficient capacity
     */
    public static SearchTree of(SearchShape shape, long[] boundaries, int[] classOfInterval) {
        if (classOfInterval.length != boundaries.length + 1 || boundaries.length == 0) {
            throw new IllegalArgumentException(
                    boundaries.length + " boundaries, " + classOfInterval.length + " classes");
        }
        long most = shape.keyBytes() == 4 ? 0xffff_ffffL : Long.MAX_VALUE;
        for (int i = 0; i < boundaries.length; i++) {
            if (boundaries[i] < 0 || boundaries[i] >= most || i > 0 && boundaries[i - 1] >= boundaries[i]) {
                throw new IllegalArgumentException("the boundaries ascend to at most " + most);
            }
        }
        int classes = Arrays.stream(classOfInterval).max().orElse(0) + 1;
        if (classBytes(classes) == 0 && classOfInterval[0] != 0) {
            throw new IllegalArgumentException("of two classes the first is 0");
        }
        return new SearchTree(shape, boundaries.clone(), classOfInterval.clone(), classes);
    }

    /** Returns the size of a class in the class table in bytes; 0 if there is no class table. */
    public static int classBytes(int classes) {
        return classes == 2 ? 0 : classes <= MOST_BYTE_CLASSES ? 1 : classes <= MOST_SHORT_CLASSES ? 2 : 4;
    }

    /** Returns the predicted cost of a search. */
    public Cost cost() {
        return shape.cost(classBytes());
    }

    /** Returns the number of levels. */
    public int depth() {
        return shape.depth();
    }

    /** Returns the number of boundaries in each node of a level. */
    public int keys(int level) {
        return shape.keys(level);
    }

    /** Whether the boundaries of the root are in the code instead of the table. */
    public boolean rootInCode() {
        return shape.rootInCode();
    }

    /** Returns a boundary of the root, by its index from 0. */
    public long rootKey(int key) {
        return boundary(0, key, 0, span(0));
    }

    /** Returns the size of a boundary in bytes: 4 or 8. */
    public int keyBytes() {
        return shape.keyBytes();
    }

    /** Returns the distance between nodes of a level in bytes, a power of two. */
    public int stride(int level) {
        return shape.stride(level);
    }

    public int offset(int level) {
        return shape.offset(level);
    }

    /**
     * Returns the size of a class in the class table in bytes; 0 if the lowest bit of the position
     * is the class.
     */
    public int classBytes() {
        return classBytes(classes);
    }

    /** Returns the offset of the class table. */
    public int classOffset() {
        return shape.bytes();
    }

    /** Returns the number of parts of the last level; 1 if it is stored with the others. */
    public int parts() {
        return shape.parts(classBytes());
    }

    /** Returns the number of nodes of the last level in each part but the last one. */
    public int nodesOfPart() {
        return shape.nodesOfPart(classBytes());
    }

    /** Returns the symbol of a part of the last level. */
    public String part(int number) {
        return symbol + "_" + number;
    }

    /** Returns the offset of the classes in a part. */
    public int classOffset(int part) {
        return nodes(part) * stride(depth() - 1);
    }

    private int nodes(int part) {
        return Math.min(nodesOfPart(), shape.nodes(depth() - 1) - part * nodesOfPart());
    }

    @Override
    public List<Piece> pieces(ByteOrder order) {
        if (parts() == 1) {
            return LookupTable.super.pieces(order);
        }
        byte[] whole = content(order);
        int last = depth() - 1;
        List<Piece> pieces = new ArrayList<>();
        pieces.add(new Piece(symbol, LINE, Arrays.copyOf(whole, offset(last))));
        int children = keys(last) + 1;
        for (int part = 0; part < parts(); part++) {
            int first = part * nodesOfPart();
            byte[] content = new byte[nodes(part) * (stride(last) + children * classBytes())];
            System.arraycopy(whole, offset(last) + first * stride(last), content, 0, classOffset(part));
            System.arraycopy(
                    whole,
                    classOffset() + first * children * classBytes(),
                    content,
                    classOffset(part),
                    content.length - classOffset(part));
            pieces.add(new Piece(part(part), LINE, content));
        }
        return pieces;
    }

    @Override
    public int numberBits() {
        return keyBytes() == 4 ? Integer.SIZE : Long.SIZE - 1;
    }

    @Override
    public int resultBits() {
        return LookupTable.bitsOfClasses(classes);
    }

    @Override
    public String symbol() {
        return symbol;
    }

    @Override
    public byte[] content(ByteOrder order) {
        ByteBuffer bytes =
                ByteBuffer.allocate(shape.bytes() + shape.room() * classBytes()).order(order);
        for (int level = rootInCode() ? 1 : 0; level < shape.depth(); level++) {
            int span = span(level);
            for (int node = 0; node < shape.nodes(level); node++) {
                int at = shape.offset(level) + node * shape.stride(level);
                for (int key = 0; key < shape.keys(level); key++) {
                    put(bytes, at + key * keyBytes(), boundary(node, key, level, span));
                }
            }
        }
        for (int i = 0; i < shape.room() && classBytes() > 0; i++) {
            int number = classOfInterval[Math.min(i, classOfInterval.length - 1)];
            if (classBytes() == 1) {
                bytes.put(shape.bytes() + i, (byte) number);
            } else if (classBytes() == 4) {
                bytes.putInt(shape.bytes() + 4 * i, number);
            } else {
                bytes.putShort(shape.bytes() + 2 * i, (short) number);
            }
        }
        return bytes.array();
    }

    /** Returns the number of intervals below a child of the level. */
    private int span(int level) {
        return shape.room() / shape.nodes(level) / shape.children().get(level);
    }

    /** Boundaries after the last interval are greater than or equal to every number. */
    private long boundary(int node, int key, int level, int span) {
        long index = ((long) node * shape.children().get(level) + key + 1) * span - 1;
        if (index < boundaries.length) {
            return boundaries[(int) index];
        }
        return keyBytes() == 4 ? 0xffff_ffffL : Long.MAX_VALUE;
    }

    private void put(ByteBuffer bytes, int at, long key) {
        if (keyBytes() == 4) {
            bytes.putInt(at, (int) key);
        } else {
            bytes.putLong(at, key);
        }
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
        return visitor.searchTree(this);
    }
}
