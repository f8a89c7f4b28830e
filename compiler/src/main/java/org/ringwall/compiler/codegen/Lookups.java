// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.tables.Bitmap;
import org.ringwall.compiler.tables.Cuckoo;
import org.ringwall.compiler.tables.CuckooHash;
import org.ringwall.compiler.tables.DirectHash;
import org.ringwall.compiler.tables.IndexTable;
import org.ringwall.compiler.tables.IntervalBuckets;
import org.ringwall.compiler.tables.IntervalHash;
import org.ringwall.compiler.tables.IntervalShape;
import org.ringwall.compiler.tables.LookupTable;
import org.ringwall.compiler.tables.PerfectHash;
import org.ringwall.compiler.tables.SearchTree;

/**
 * The code that looks a number up in a table. The result is in r0, and r2 to r5 are used. The code
 * has no branch, so that the verifier walks it once, whatever it knows about the number, and no
 * branch is mispredicted. Only a tree in several parts has one branch for each part but the last,
 * and the verifier walks its last level once for each part. The verifier derives the bounds of
 * every index only from sums of bits and from shifts.
 */
final class Lookups implements LookupTable.Visitor<Assembler> {
    /**
     * The register for a copy of a number that is needed afterwards or cannot stay in its register.
     */
    static final Reg COPY = Reg.R5;

    private static final Reg TABLE = Reg.R2;
    private static final Reg PLACE = Reg.R0;
    private static final Reg NODE = Reg.R3;
    private static final Reg KEY = Reg.R4;

    /** The second of two boundaries. */
    private static final Reg OTHER = Reg.R5;

    /** The registers that are written while the number is still read. */
    private static final Set<Reg> BEFORE_NUMBER = Collections.unmodifiableSet(EnumSet.of(PLACE, TABLE, NODE, KEY));

    /** All registers that are written. */
    private static final Set<Reg> DESTROYED = Collections.unmodifiableSet(EnumSet.of(PLACE, TABLE, NODE, KEY, COPY));

    /** The largest offset of a load: 16 bits, signed. */
    private static final int FARTHEST = Short.MAX_VALUE;

    private final Assembler assembler;
    private final Reg number;
    private final boolean needed;

    /**
     * Creates code for the number in this register, which is not written before it is read.
     *
     * @param needed whether the number must be preserved
     */
    Lookups(Assembler assembler, Reg number, boolean needed) {
        this.assembler = assembler;
        this.number = number;
        this.needed = needed;
    }

    /** Returns the registers that a lookup in this table needs and destroys. */
    static RegisterConstraints convention(LookupTable table) {
        if (table instanceof DirectHash) {
            return new RegisterConstraints(
                    EnumSet.of(PLACE, TABLE), EnumSet.noneOf(Reg.class), RegisterConstraints.Context.UNUSED);
        }
        Set<Reg> beforeNumber = isAskedInTheEnd(table) ? DESTROYED : BEFORE_NUMBER;
        return new RegisterConstraints(DESTROYED, beforeNumber, RegisterConstraints.Context.UNUSED);
    }

    /** Returns whether the number is still read after all registers have been written. */
    private static boolean isAskedInTheEnd(LookupTable table) {
        return table instanceof SearchTree || table instanceof CuckooHash || table instanceof IntervalHash;
    }

    /** Returns a register with the number that may be modified. */
    private Reg ownNumber() {
        if (!needed) {
            return number;
        }
        assembler.mov(COPY, number);
        return COPY;
    }

    /**
     * For each level: `r3 = table + level + r0 * stride; r0 *= children`, then for each boundary in
     * the node `r4 = *(r3 + off); r4 -= number; r4 >>= 63; r0 += r4`, which counts the boundaries
     * that are less than the number. Pairs of counts are added first, to shorten the dependency
     * chain. Boundaries of the root are constants in the code if they have 32 bits. The shift must
     * be logical: after an arithmetic one, some kernels follow both signs (maybe_fork_scalars in
     * kernel/bpf/verifier.c).
     */
    @Override
    public Assembler searchTree(SearchTree tree) {
        assembler.loadSymbol(TABLE, tree.symbol(), 0);
        for (int level = 0; level < tree.depth(); level++) {
            boolean last = level == tree.depth() - 1;
            if (last && level > 0 && tree.parts() > 1) {
                return lastLevelInParts(tree);
            }
            int offset = tree.offset(level);
            if (last && tree.classBytes() == 0) {
                return parity(tree, level > 0 ? node(PLACE, tree.stride(level)) : TABLE, offset);
            }
            Reg node = TABLE;
            if (level > 0) {
                assembler.mov(NODE, PLACE);
                node = node(NODE, tree.stride(level));
                offset = near(NODE, offset, tree.stride(level));
                multiply(tree.keys(level) + 1);
            }
            count(tree, level, node, offset);
        }
        return classOfPlace(tree);
    }

    /** `reg <<= stride; reg += table` for the index in this register. */
    private Reg node(Reg place, int stride) {
        assembler
                .alu(Insn.AluOp.LSH, place, Integer.numberOfTrailingZeros(stride))
                .alu(Insn.AluOp.ADD, place, TABLE);
        return place;
    }

    /**
     * Emits the last level if classes alternate. A node has an even number of children, so the
     * class is the parity of the number of smaller boundaries, whichever node it is: the top bit of
     * `r3 = *(r0); r3 -= number; r4 = *(r0 + off); r4 -= number; r3 ^= r4`, and so on. The
     * difference of the last boundary overwrites the node's address.
     */
    private Assembler parity(SearchTree tree, Reg node, int offset) {
        int level = tree.depth() - 1;
        int keys = tree.keys(level);
        if (level > 0 && keys % 2 == 0) {
            throw new IllegalStateException("a node of the last level has " + (keys + 1) + " places");
        }
        int near = near(node, offset, tree.stride(level));
        for (int key = 0; key + 1 < keys; key++) {
            Reg boundary = key == 0 ? NODE : key % 2 == 1 ? KEY : OTHER;
            difference(tree, key, boundary, node, near);
            if (boundary == OTHER) {
                assembler.alu(Insn.AluOp.XOR, KEY, OTHER).alu(Insn.AluOp.XOR, NODE, KEY);
            }
        }
        difference(tree, keys - 1, PLACE, node, near);
        if (keys > 1 && keys % 2 == 1) {
            assembler.alu(Insn.AluOp.XOR, PLACE, KEY);
        }
        if (keys > 1) {
            assembler.alu(Insn.AluOp.XOR, PLACE, NODE);
        }
        return assembler.alu(Insn.AluOp.RSH, PLACE, Long.SIZE - 1);
    }

    /** `reg = boundary; reg -= number`: the top bit is 1 if the boundary is less. */
    private void difference(SearchTree tree, int key, Reg reg, Reg node, int offset) {
        assembler
                .load(Width.ofBytes(tree.keyBytes()), reg, node, offset + key * tree.keyBytes())
                .alu(Insn.AluOp.SUB, reg, number);
    }

    /**
     * Adds the number of the node's boundaries that are less than the number to the index; at the
     * root, initialises the index with it.
     */
    private void count(SearchTree tree, int level, Reg node, int offset) {
        int keys = tree.keys(level);
        for (int key = 0; key < keys; key++) {
            int ofPair = level == 0 ? key - 1 : key;
            Reg less = ofPair < 0 ? PLACE : ofPair % 2 == 0 ? KEY : OTHER;
            if (level == 0 && tree.rootInCode()) {
                assembler.mov32(less, (int) tree.rootKey(key)).alu(Insn.AluOp.SUB, less, number);
            } else {
                difference(tree, key, less, node, offset);
            }
            assembler.alu(Insn.AluOp.RSH, less, Long.SIZE - 1);
            if (less == OTHER) {
                assembler.alu(Insn.AluOp.ADD, KEY, OTHER);
            }
            if (less == OTHER || less == KEY && key + 1 == keys) {
                assembler.alu(Insn.AluOp.ADD, PLACE, KEY);
            }
        }
    }

    /**
     * For each part `r2 = part; if r0 < nodes goto found; r0 -= nodes`, for the last one only its
     * address. The verifier therefore knows the bound of the index for each part. The offset of the
     * classes differs between parts. It is passed in r4 and added to r2 before the level uses r4
     * for its boundaries.
     */
    private Assembler lastLevelInParts(SearchTree tree) {
        int level = tree.depth() - 1;
        int last = tree.parts() - 1;
        Label found = new Label("part");
        for (int part = 0; part <= last; part++) {
            assembler.loadSymbol(TABLE, tree.part(part), 0);
            if (tree.classBytes() > 0) {
                assembler.mov(KEY, tree.classOffset(part));
            }
            if (part < last) {
                assembler
                        .jump(Insn.JumpOp.LT, PLACE, tree.nodesOfPart(), found)
                        .alu(Insn.AluOp.SUB, PLACE, tree.nodesOfPart());
            }
        }
        assembler.bind(found);
        if (tree.classBytes() == 0) {
            return parity(tree, node(PLACE, tree.stride(level)), 0);
        }
        assembler.mov(NODE, PLACE);
        node(NODE, tree.stride(level));
        assembler.alu(Insn.AluOp.ADD, TABLE, KEY);
        multiply(tree.keys(level) + 1);
        count(tree, level, NODE, 0);
        if (tree.classBytes() > 1) {
            assembler.alu(Insn.AluOp.LSH, PLACE, Integer.numberOfTrailingZeros(tree.classBytes()));
        }
        return assembler.alu(Insn.AluOp.ADD, TABLE, PLACE).load(Width.ofBytes(tree.classBytes()), PLACE, TABLE, 0);
    }

    /**
     * `r0 = number; r0 >>= 3; r0 &= mask; r0 = *(u8 *)(r2 + r0); number &= 7; r0 >>= number; r0 &=
     * 1`. For a two-byte number in network order: `r0 = number; r0 &= mask; r0 = *(u8 *)(r2 + r0);
     * number >>= 13; r0 >>= number; r0 &= 1`.
     */
    @Override
    public Assembler bitmap(Bitmap bitmap) {
        Reg own = ownNumber();
        return assembler
                .loadSymbol(TABLE, bitmap.symbol(), 0)
                .mov(PLACE, own)
                .alu(Insn.AluOp.RSH, PLACE, 3)
                .alu(Insn.AluOp.AND, PLACE, bitmap.byteMask())
                .alu(Insn.AluOp.ADD, TABLE, PLACE)
                .load(Width.B, PLACE, TABLE, 0)
                .alu(Insn.AluOp.AND, own, 7)
                .alu(Insn.AluOp.RSH, PLACE, own)
                .alu(Insn.AluOp.AND, PLACE, 1);
    }

    /**
     * `w0 = number * factor >> shift` is the bucket, `w3 = *(u16 *)(table + 2 * r0)` its
     * displacement, `w0 = number * factor + (w3 << 16) >> shift` the slot, and
     * `w0 = *(u32 *)(table + slots + 4 * r0)` its content. With several classes,
     * `r0 = ((r0 ^ number) - 1) >> 63`, which is 1 if that is the number, is multiplied by its
     * class. A shift in 32 bits gives the verifier the bound of an index.
     */
    @Override
    public Assembler perfectHash(PerfectHash hash) {
        assembler
                .loadSymbol(TABLE, hash.symbol(), 0)
                .mov32(PLACE, number)
                .alu32(Insn.AluOp.MUL, PLACE, hash.bucketFactor())
                .alu32(Insn.AluOp.RSH, PLACE, hash.bucketShift())
                .alu(Insn.AluOp.LSH, PLACE, 1)
                .alu(Insn.AluOp.ADD, PLACE, TABLE)
                .load(Width.H, NODE, PLACE, 0)
                .alu(Insn.AluOp.LSH, NODE, Short.SIZE)
                .mov32(PLACE, number)
                .alu32(Insn.AluOp.MUL, PLACE, hash.slotFactor())
                .alu32(Insn.AluOp.ADD, PLACE, NODE)
                .alu32(Insn.AluOp.RSH, PLACE, hash.slotShift());
        if (hash.tellsClass()) {
            assembler.mov(NODE, TABLE).alu(Insn.AluOp.ADD, NODE, PLACE);
        }
        assembler.alu(Insn.AluOp.LSH, PLACE, 2).alu(Insn.AluOp.ADD, TABLE, PLACE);
        int slots = near(TABLE, hash.slotOffset(), Width.W.bytes());
        assembler.load(Width.W, PLACE, TABLE, slots);
        if (hash.tellsClass()) {
            assembler
                    .alu(Insn.AluOp.XOR, PLACE, number)
                    .alu(Insn.AluOp.SUB, PLACE, 1)
                    .alu(Insn.AluOp.RSH, PLACE, Long.SIZE - 1);
            int at = near(NODE, hash.classOffset(), 1);
            assembler.load(Width.B, NODE, NODE, at).alu(Insn.AluOp.MUL, PLACE, NODE);
        }
        return assembler;
    }

    /**
     * `r0 = table + 8 * (w(number * factor) * buckets >> 32)` is one bucket and r3 the other. Their
     * slots are loaded into r0, r4, r3 and r5. If the number is a member, one of them equals it:
     * `r = *(u32 *)slot; r ^= number; r -= 1` has its top bit set only for that one. Products of 32
     * bits give the verifier the bound of a bucket's offset.
     */
    @Override
    public Assembler cuckooHash(CuckooHash hash) {
        Cuckoo places = hash.places();
        assembler.loadSymbol(TABLE, hash.symbol(), 0);
        bucket(PLACE, places.firstFactor(), places.buckets());
        bucket(NODE, places.secondFactor(), places.buckets());
        assembler
                .load(Width.W, KEY, PLACE, Width.W.bytes())
                .load(Width.W, PLACE, PLACE, 0)
                .load(Width.W, OTHER, NODE, Width.W.bytes())
                .load(Width.W, NODE, NODE, 0);
        for (Reg slot : new Reg[] {KEY, PLACE, OTHER, NODE}) {
            assembler.alu(Insn.AluOp.XOR, slot, number).alu(Insn.AluOp.SUB, slot, 1);
        }
        return assembler
                .alu(Insn.AluOp.OR, PLACE, KEY)
                .alu(Insn.AluOp.OR, NODE, OTHER)
                .alu(Insn.AluOp.OR, PLACE, NODE)
                .alu(Insn.AluOp.RSH, PLACE, Long.SIZE - 1);
    }

    private void bucket(Reg reg, int factor, int buckets) {
        assembler.mov32(reg, number);
        bucket(reg, factor, buckets, 3);
    }

    /** Replaces the value in the register by the address of its bucket of 2^`bits` bytes. */
    private void bucket(Reg reg, int factor, int buckets, int bits) {
        offset(reg, factor, buckets, bits);
        assembler.alu(Insn.AluOp.ADD, reg, TABLE);
    }

    /** Replaces the value in the register by the offset of its bucket in the table. */
    private void offset(Reg reg, int factor, int buckets, int bits) {
        assembler.alu32(Insn.AluOp.MUL, reg, factor);
        if (Integer.bitCount(buckets) == 1 && buckets > 1) {
            assembler.alu32(Insn.AluOp.RSH, reg, Integer.SIZE - Integer.numberOfTrailingZeros(buckets));
        } else {
            assembler.alu(Insn.AluOp.MUL, reg, buckets).alu(Insn.AluOp.RSH, reg, Integer.SIZE);
        }
        assembler.alu(Insn.AluOp.LSH, reg, bits);
    }

    /**
     * Finds the bucket of `number >> cell` with a product, or two buckets as in a cuckoo hash. A
     * number is outside a slot's interval if `number - first` in 32 bits is greater than the number
     * of values after the first: the top bit of
     * `r4 = *(u32 *)(r3 + 4); w5 = number; w5 -= *(u32 *)r3; r4 -= r5`. The AND of these bits is 1
     * if the number is in no slot.
     *
     * <p>If one word holds both, `first | grains that follow`, the low bits of the number are set
     * first, so that subtracting the word does not borrow:
     * `w5 = w2; w5 -= word; w5 >>= grain; word &= mask; word -= r5`. A 64-bit number is also
     * outside if the top bit of `number - first` is set. The two halves of a cell of more than 32
     * bits are XORed first.
     */
    @Override
    public Assembler intervalHash(IntervalHash hash) {
        IntervalShape shape = hash.shape();
        Cuckoo places = hash.places();
        int bits = Integer.numberOfTrailingZeros(shape.bucketBytes());
        if (shape.buckets() == IntervalBuckets.WIDE) {
            return wideIntervals(hash, bits);
        }
        assembler.loadSymbol(TABLE, hash.symbol(), 0);
        cell(shape);
        if (shape.isSingle()) {
            bucket(PLACE, places.firstFactor(), places.buckets(), bits);
            lowBitsSet(shape);
            outside(shape, PLACE, PLACE, 0);
        } else {
            assembler.mov32(NODE, PLACE);
            bucket(NODE, places.firstFactor(), places.buckets(), bits);
            bucket(PLACE, places.secondFactor(), places.buckets(), bits);
            lowBitsSet(shape);
            outside(shape, KEY, NODE, 0);
            outside(shape, NODE, NODE, shape.slotBytes());
            assembler.alu(Insn.AluOp.AND, KEY, NODE);
            outside(shape, NODE, PLACE, 0);
            outside(shape, PLACE, PLACE, shape.slotBytes());
            assembler.alu(Insn.AluOp.AND, KEY, NODE).alu(Insn.AluOp.AND, PLACE, KEY);
        }
        return assembler.alu(Insn.AluOp.RSH, PLACE, Long.SIZE - 1);
    }

    /** Computes the factor of the products in r0; uses r4. */
    private void cell(IntervalShape shape) {
        copy(word(shape), PLACE, number);
        if (shape.cellBits() > 0) {
            assembler.alu(Insn.AluOp.RSH, word(shape), PLACE, Operand.of(shape.cellBits()));
        }
        if (shape.isFolded()) {
            assembler.mov(KEY, PLACE).alu(Insn.AluOp.RSH, KEY, Integer.SIZE).alu32(Insn.AluOp.XOR, PLACE, KEY);
        }
    }

    /**
     * Does the same with four slots in a bucket, loaded one at a time into r2 and r5. The offsets
     * of the buckets in their part are computed first, in r3 and r0. Then, for each part but the
     * last, `r2 = part; if w4 < cell goto found`: the verifier walks the slots once for each part.
     */
    private Assembler wideIntervals(IntervalHash hash, int bits) {
        IntervalShape shape = hash.shape();
        Cuckoo places = hash.places();
        cell(shape);
        assembler.mov32(NODE, PLACE);
        if (hash.parts() > 1) {
            assembler.mov32(KEY, PLACE);
        }
        offset(NODE, places.firstFactor(), places.buckets(), bits);
        offset(PLACE, places.secondFactor(), places.buckets(), bits);
        Label found = new Label("part");
        for (int part = 0; part < hash.parts(); part++) {
            assembler.loadSymbol(TABLE, hash.part(part), 0);
            if (part + 1 < hash.parts()) {
                assembler.jump32(Insn.JumpOp.LT, KEY, hash.firstOf(part + 1), found);
            }
        }
        assembler.bind(found).alu(Insn.AluOp.ADD, NODE, TABLE).alu(Insn.AluOp.ADD, PLACE, TABLE);
        for (int slot = 0; slot < shape.buckets().slots(); slot++) {
            Reg out = slot == 0 ? KEY : TABLE;
            outsideOfWords(shape, out, out, NODE, slot * shape.slotBytes());
            if (slot > 0) {
                assembler.alu(Insn.AluOp.AND, KEY, TABLE);
            }
            outsideOfWords(shape, TABLE, TABLE, PLACE, slot * shape.slotBytes());
            assembler.alu(Insn.AluOp.AND, KEY, TABLE);
        }
        return assembler.mov(PLACE, KEY).alu(Insn.AluOp.RSH, PLACE, Long.SIZE - 1);
    }

    private static Width word(IntervalShape shape) {
        return shape.bits() == Integer.SIZE ? Width.W : Width.DW;
    }

    private void copy(Width width, Reg to, Reg from) {
        assembler.add(new Insn.Mov(width, width, to, Operand.of(from)));
    }

    private void lowBitsSet(IntervalShape shape) {
        if (shape.isPacked()) {
            copy(word(shape), TABLE, number);
            assembler.alu(Insn.AluOp.OR, word(shape), TABLE, Operand.of((1 << shape.grainBits()) - 1));
        }
    }

    /**
     * Sets the top bit of a register if the number is not in the interval of the slot at
     * `bucket + offset`.
     */
    private void outside(IntervalShape shape, Reg out, Reg bucket, int offset) {
        if (shape.isPacked()) {
            outsideOfGrains(shape, out, bucket, offset);
            return;
        }
        outsideOfWords(shape, out, TABLE, bucket, offset);
    }

    /**
     * Does the same for an interval in two words. The first word is loaded into a register other
     * than the bucket's; r5 is used.
     */
    private void outsideOfWords(IntervalShape shape, Reg out, Reg first, Reg bucket, int offset) {
        Width word = word(shape);
        copy(word, OTHER, number);
        assembler
                .load(word, first, bucket, offset)
                .alu(Insn.AluOp.SUB, word, OTHER, Operand.of(first))
                .load(word, out, bucket, offset + word.bytes())
                .alu(Insn.AluOp.SUB, out, OTHER);
        if (word == Width.DW) {
            assembler.alu(Insn.AluOp.OR, out, OTHER);
        }
    }

    /** Does the same for an interval in one word. */
    private void outsideOfGrains(IntervalShape shape, Reg out, Reg bucket, int offset) {
        Width word = word(shape);
        assembler.load(word, out, bucket, offset);
        Reg past = shape.isSingle() ? TABLE : OTHER;
        if (!shape.isSingle()) {
            copy(word, OTHER, TABLE);
        }
        assembler
                .alu(Insn.AluOp.SUB, word, past, Operand.of(out))
                .alu(Insn.AluOp.RSH, word, past, Operand.of(shape.grainBits()))
                .alu(Insn.AluOp.AND, out, (1 << shape.grainBits()) - 1)
                .alu(Insn.AluOp.SUB, out, past);
    }

    /** `w0 = number * factor >> shift` is the slot, `w0 = *(u32 *)(table + 4 * r0)` its content. */
    @Override
    public Assembler directHash(DirectHash hash) {
        return assembler
                .mov32(PLACE, number)
                .alu32(Insn.AluOp.MUL, PLACE, hash.factor())
                .alu32(Insn.AluOp.RSH, PLACE, hash.shift())
                .alu(Insn.AluOp.LSH, PLACE, 2)
                .loadSymbol(TABLE, hash.symbol(), 0)
                .alu(Insn.AluOp.ADD, TABLE, PLACE)
                .load(Width.W, PLACE, TABLE, 0);
    }

    /** `number &= most; number <<= 1; r0 = *(u16 *)(table + number)`. */
    @Override
    public Assembler indexTable(IndexTable index) {
        Reg own = ownNumber();
        return assembler
                .loadSymbol(TABLE, index.symbol(), 0)
                .alu(Insn.AluOp.AND, own, IndexTable.MOST)
                .alu(Insn.AluOp.LSH, own, 1)
                .alu(Insn.AluOp.ADD, TABLE, own)
                .load(Width.H, PLACE, TABLE, 0);
    }

    private void multiply(int children) {
        if (Integer.bitCount(children) == 1) {
            assembler.alu(Insn.AluOp.LSH, PLACE, Integer.numberOfTrailingZeros(children));
        } else {
            assembler.alu(Insn.AluOp.MUL, PLACE, children);
        }
    }

    private Assembler classOfPlace(SearchTree tree) {
        if (tree.classBytes() > 1) {
            assembler.alu(Insn.AluOp.LSH, PLACE, Integer.numberOfTrailingZeros(tree.classBytes()));
        }
        assembler.alu(Insn.AluOp.ADD, TABLE, PLACE);
        int offset = near(TABLE, tree.classOffset(), tree.classBytes());
        return assembler.load(Width.ofBytes(tree.classBytes()), PLACE, TABLE, offset);
    }

    /**
     * Returns the offset that remains for loads of `size` bytes. Adds an offset that is too large
     * to the register.
     */
    private int near(Reg reg, int offset, int size) {
        if (offset + size <= FARTHEST) {
            return offset;
        }
        assembler.alu(Insn.AluOp.ADD, reg, offset);
        return 0;
    }
}
