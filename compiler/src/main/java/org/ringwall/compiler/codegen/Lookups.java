package org.ringwall.compiler.codegen;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.table.Bitmap;
import org.ringwall.compiler.table.DirectHash;
import org.ringwall.compiler.table.IndexTable;
import org.ringwall.compiler.table.LookupTable;
import org.ringwall.compiler.table.PerfectHash;
import org.ringwall.compiler.table.SearchTree;

/**
 * The code that looks a number up in a table: the answer goes out in r0, and r2 to r5 are used. There
 * is no branch in it, so that the verifier walks it once, whatever it knows of the number, and the processor guesses
 * nothing; only a tree in several parts has one for each part but the last, and the verifier walks its last level once for
 * each part. What the verifier knows of every place in a table comes from sums of bits and from shifts alone.
 */
final class Lookups implements LookupTable.Visitor<Assembler> {
    /** Where a number is copied that is needed afterwards, or that lies where it cannot stay. */
    static final Reg COPY = Reg.R5;

    private static final Reg TABLE = Reg.R2;
    private static final Reg PLACE = Reg.R0;
    private static final Reg NODE = Reg.R3;
    private static final Reg KEY = Reg.R4;

    /** What is written while the number is still read. */
    private static final Set<Reg> BEFORE_NUMBER = Collections.unmodifiableSet(EnumSet.of(PLACE, TABLE, NODE, KEY));

    /** All that is written. */
    private static final Set<Reg> DESTROYED = Collections.unmodifiableSet(EnumSet.of(PLACE, TABLE, NODE, KEY, COPY));

    /** The greatest offset of a load: 16 bits, signed. */
    private static final int FARTHEST = Short.MAX_VALUE;

    private final Assembler assembler;
    private final Reg number;
    private final boolean needed;

    /**
     * Code for the number in this register, one that is not written before it is read.
     *
     * @param needed whether the number must be left as it is
     */
    Lookups(Assembler assembler, Reg number, boolean needed) {
        this.assembler = assembler;
        this.number = number;
        this.needed = needed;
    }

    /** What looking up in this table needs and destroys. */
    static Convention convention(LookupTable table) {
        return table instanceof DirectHash
                ? new Convention(EnumSet.of(PLACE, TABLE), EnumSet.noneOf(Reg.class), Convention.Context.UNUSED)
                : new Convention(DESTROYED, BEFORE_NUMBER, Convention.Context.UNUSED);
    }

    /** The number in a register that may be changed. */
    private Reg ownNumber() {
        if (!needed) {
            return number;
        }
        assembler.mov(COPY, number);
        return COPY;
    }

    /**
     * For each level: `r3 = table + level + r0 * stride; r0 *= children`, then for each boundary in the node
     * `r4 = *(r3 + off); r4 -= number; r4 >>= 63; r0 += r4`, which counts those that are less than the number. The logical shift
     * matters: behind an arithmetic one some kernels follow both signs (maybe_fork_scalars in kernel/bpf/verifier.c).
     */
    @Override
    public Assembler searchTree(SearchTree tree) {
        assembler.loadSymbol(TABLE, tree.symbol(), 0);
        for (int level = 0; level < tree.depth(); level++) {
            int offset = tree.offset(level);
            Reg node = TABLE;
            if (level > 0 && level == tree.depth() - 1 && tree.parts() > 1) {
                return lastLevelInParts(tree);
            }
            if (level > 0) {
                node = NODE;
                assembler
                        .mov(NODE, PLACE)
                        .alu(Insn.AluOp.LSH, NODE, Integer.numberOfTrailingZeros(tree.stride(level)))
                        .alu(Insn.AluOp.ADD, NODE, TABLE);
                offset = near(NODE, offset, tree.stride(level));
                multiply(tree.keys(level) + 1);
            }
            count(tree, level, node, offset);
        }
        return tree.classBytes() == 0 ? assembler.alu(Insn.AluOp.AND, PLACE, 1) : classOfPlace(tree);
    }

    /** Adds to the place how many boundaries of a node are less than the number. */
    private void count(SearchTree tree, int level, Reg node, int offset) {
        Width width = Width.ofBytes(tree.keyBytes());
        for (int key = 0; key < tree.keys(level); key++) {
            Reg less = level == 0 && key == 0 ? PLACE : KEY;
            assembler
                    .load(width, less, node, offset + key * tree.keyBytes())
                    .alu(Insn.AluOp.SUB, less, number)
                    .alu(Insn.AluOp.RSH, less, Long.SIZE - 1);
            if (less != PLACE) {
                assembler.alu(Insn.AluOp.ADD, PLACE, less);
            }
        }
    }

    /**
     * For each part `r2 = part; if r0 < nodes goto found; r0 -= nodes`, of the last one its address alone: so the verifier
     * knows for each part how far the place in it goes. What the parts do not share, the offset of their classes, comes along
     * in r4 and is added to r2 before the level, as any other, takes r4 for its boundaries.
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
        assembler
                .bind(found)
                .mov(NODE, PLACE)
                .alu(Insn.AluOp.LSH, NODE, Integer.numberOfTrailingZeros(tree.stride(level)))
                .alu(Insn.AluOp.ADD, NODE, TABLE);
        if (tree.classBytes() > 0) {
            assembler.alu(Insn.AluOp.ADD, TABLE, KEY);
        }
        multiply(tree.keys(level) + 1);
        count(tree, level, NODE, 0);
        if (tree.classBytes() == 0) {
            return classOfPart(tree);
        }
        if (tree.classBytes() > 1) {
            assembler.alu(Insn.AluOp.LSH, PLACE, Integer.numberOfTrailingZeros(tree.classBytes()));
        }
        return assembler.alu(Insn.AluOp.ADD, TABLE, PLACE).load(Width.ofBytes(tree.classBytes()), PLACE, TABLE, 0);
    }

    /** Classes take turns over the whole tree, and begin anew with each part: each has an even number of places. */
    private Assembler classOfPart(SearchTree tree) {
        if ((tree.keys(tree.depth() - 1) + 1) % 2 != 0) {
            throw new IllegalStateException("a node of the last level has an odd number of places");
        }
        return assembler.alu(Insn.AluOp.AND, PLACE, 1);
    }

    /**
     * `r0 = number; r0 >>= 3; r0 &= mask; r0 = *(u8 *)(r2 + r0); number &= 7; r0 >>= number; r0 &= 1`, or of a number of two bytes as
     * they lie `r0 = number; r0 &= mask; r0 = *(u8 *)(r2 + r0); number >>= 13; r0 >>= number; r0 &= 1`.
     */
    @Override
    public Assembler bitmap(Bitmap bitmap) {
        Reg own = ownNumber();
        assembler.loadSymbol(TABLE, bitmap.symbol(), 0).mov(PLACE, own);
        if (!bitmap.takesStored()) {
            assembler.alu(Insn.AluOp.RSH, PLACE, 3);
        }
        assembler
                .alu(Insn.AluOp.AND, PLACE, bitmap.byteMask())
                .alu(Insn.AluOp.ADD, TABLE, PLACE)
                .load(Width.B, PLACE, TABLE, 0);
        if (bitmap.takesStored()) {
            assembler.alu(Insn.AluOp.RSH, own, Bitmap.STORED_BYTE_BITS);
        } else {
            assembler.alu(Insn.AluOp.AND, own, 7);
        }
        return assembler.alu(Insn.AluOp.RSH, PLACE, own).alu(Insn.AluOp.AND, PLACE, 1);
    }

    /**
     * `w0 = number * factor >> shift` is the bucket, `w3 = *(u16 *)(table + 2 * r0)` its displacement, `w0 = number * factor + (w3 << 16)
     * >> shift` the slot and `w0 = *(u32 *)(table + slots + 4 * r0)` what it holds. Of several classes `r0 = ((r0 ^ number) - 1) >> 63`, which is 1 if that
     * is the number, is multiplied by its class. In 32 bits a shift tells the verifier how large a place is at most.
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

    /** `w0 = number * factor >> shift` is the slot, `w0 = *(u32 *)(table + 4 * r0)` what it holds. */
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

    /** The part of an offset that is left for loads of `size` bytes; a far one is added to the register. */
    private int near(Reg reg, int offset, int size) {
        if (offset + size <= FARTHEST) {
            return offset;
        }
        assembler.alu(Insn.AluOp.ADD, reg, offset);
        return 0;
    }
}
