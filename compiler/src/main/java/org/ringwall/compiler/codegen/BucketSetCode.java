// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.state.RateLayout;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.bpf.state.StructLayout;
import org.ringwall.compiler.ir.Intrinsic;
import org.ringwall.compiler.ir.StateFrame;
import org.ringwall.compiler.ir.StateOp;

/**
 * Code that takes a token of a rate with a key: sets of {@link RateLayout#WAYS} buckets under one
 * spin lock each (docs/abi.md section 1, Rates).
 *
 * <p>Nothing is deleted. A full bucket holds no state, so another key may take it. A key whose set
 * has no full bucket uses the bucket that all such keys share. Old keys therefore keep a new one
 * out for no longer than a bucket takes to fill.
 *
 * <p>The time of a set never decreases: under the lock, the later of the program's own time and
 * that of the set is used. Otherwise, a CPU that read its clock earlier could find the bucket of
 * its key taken by another key and take another full one too early.
 */
final class BucketSetCode {
    private static final Reg SET = Reg.R1;
    private static final Reg NOW = Reg.R2;
    private static final Reg BUCKET = Reg.R3;
    private static final Reg COUNT = Reg.R4;

    private final Assembler assembler;
    private final MapCode maps;
    private final OutOfLine outOfLine;
    private final StateOp.Token op;
    private final RateLayout rate;
    private final StructLayout set;
    private final String map;
    private final int keyBytes;
    private final int full;
    private final Label done = new Label("tried");

    BucketSetCode(Assembler assembler, MapCode maps, OutOfLine outOfLine, StateOp.Token op) {
        this.assembler = assembler;
        this.maps = maps;
        this.outOfLine = outOfLine;
        this.op = op;
        this.rate = op.rate();
        this.set = rate.set();
        this.map = StateNames.rate(rate.name());
        this.keyBytes = rate.key().struct().size();
        this.full = rate.way().offset("full");
    }

    /**
     * Sets `r0` to 1 if there is a token for the frame's key, else to 0. Takes the token if the
     * operation takes tokens and the generation acts.
     */
    void emit() {
        Label found = new Label("found");
        Label unlock = new Label("unlock");
        Label crowded = new Label("crowded");
        findSet();
        assembler.jump(Insn.JumpOp.EQ, Reg.R0, 0, done);
        lock();
        search(found, mismatch -> compareKey(mismatch));
        // No bucket has this key.
        Label free = new Label("free");
        search(free, busy -> assembler.load(Width.DW, Reg.R5, BUCKET, full).jump(Insn.JumpOp.GT, Reg.R5, NOW, busy));
        assembler.goTo(crowded).bind(free);
        occupy(unlock);
        assembler.bind(found);
        take(unlock);
        assembler.bind(unlock);
        unlock();
        outOfLine.add(crowded, done, this::share);
        assembler.bind(done);
    }

    /**
     * Locks the set at `r0`. Afterwards `r1` is the set, `r2` is the time, no earlier than that of
     * the set, and the answer is 0.
     */
    private void lock() {
        Label later = new Label("later");
        maps.lock(RateCode.BUCKET);
        assembler
                .store(Width.DW, Reg.R10, RateCode.ANSWER, 0)
                .load(Width.DW, NOW, Reg.R10, RateCode.TIME)
                .load(Width.DW, Reg.R5, SET, set.offset("time"))
                .jump(Insn.JumpOp.GE, NOW, Reg.R5, later)
                .mov(NOW, Reg.R5)
                .bind(later);
    }

    private void unlock() {
        maps.unlock(RateCode.BUCKET);
        assembler.load(Width.DW, Reg.R0, Reg.R10, RateCode.ANSWER);
    }

    /** Sets `r0` to the set of the frame's key, or 0. */
    private void findSet() {
        if (rate.sets() == 1) {
            maps.at(map, 0);
            return;
        }
        maps.at(map, rate.seed());
        assembler.jump(Insn.JumpOp.EQ, Reg.R0, 0, done);
        hash();
        maps.at(map, Reg.R1);
    }

    /**
     * Sets `r1` to the set's index: `(a0 + a1 * k1 + … + an * kn) >> 32`, scaled to the number of
     * sets, for the 32-bit words k of the key and random 64-bit numbers a. Two keys have the same
     * 32 bits with probability 2^-32 (Dietzfelbinger, Universal hashing and k-wise independence via
     * integer arithmetic, 1996), so a workload that does not know the numbers cannot compute keys
     * that share a set. The constants distribute keys if a loader leaves the numbers 0.
     */
    private void hash() {
        int randoms = set.offset("ways");
        assembler.load(Width.DW, Reg.R1, Reg.R0, randoms);
        for (int word = 0; word < keyBytes / Integer.BYTES; word++) {
            assembler
                    .load(Width.W, Reg.R2, Reg.R10, StateFrame.KEY + word * Integer.BYTES)
                    .load(Width.DW, Reg.R3, Reg.R0, randoms + (1 + word) * Long.BYTES)
                    .alu(Insn.AluOp.XOR, Reg.R3, constant(word))
                    .alu(Insn.AluOp.MUL, Reg.R2, Reg.R3)
                    .alu(Insn.AluOp.ADD, Reg.R1, Reg.R2);
        }
        assembler
                .alu(Insn.AluOp.RSH, Reg.R1, Integer.SIZE)
                .alu(Insn.AluOp.MUL, Reg.R1, rate.sets())
                .alu(Insn.AluOp.RSH, Reg.R1, Integer.SIZE);
    }

    /** Returns an odd multiple of 2^32 divided by the golden ratio. */
    private static int constant(int word) {
        return 0x9e3779b1 * (2 * word + 1);
    }

    private interface Test {
        /** Branches to `other` if the bucket at `r3` does not match. */
        void emit(Label other);
    }

    /**
     * Branches to `found` with the first matching bucket in `r3`; falls through if there is none.
     * The masked index bounds the address for the verifier, which does not relate two registers
     * that a loop increments.
     */
    private void search(Label found, Test test) {
        Label next = new Label("way");
        Label other = new Label("other");
        assembler
                .mov(COUNT, 0)
                .bind(next)
                .mov(BUCKET, COUNT)
                .alu(Insn.AluOp.AND, BUCKET, RateLayout.WAYS - 1)
                .alu(Insn.AluOp.MUL, BUCKET, rate.way().size())
                .alu(Insn.AluOp.ADD, BUCKET, SET)
                .alu(Insn.AluOp.ADD, BUCKET, set.offset("ways"));
        test.emit(other);
        assembler
                .goTo(found)
                .bind(other)
                .alu(Insn.AluOp.ADD, COUNT, 1)
                .jump(Insn.JumpOp.NE, COUNT, RateLayout.WAYS, next);
    }

    private void compareKey(Label mismatch) {
        for (int at = 0; at < keyBytes; at += width(at).bytes()) {
            assembler
                    .load(width(at), Reg.R5, BUCKET, at)
                    .load(width(at), Reg.R0, Reg.R10, StateFrame.KEY + at)
                    .jump(Insn.JumpOp.NE, Reg.R5, Reg.R0, mismatch);
        }
    }

    /** Returns the width of the next comparison. Keys are multiples of 4 bytes long. */
    private Width width(int at) {
        return keyBytes - at >= Long.BYTES ? Width.DW : Width.W;
    }

    /**
     * Assigns the full bucket at `r3` to the frame's key. If no token is taken, sets the answer to
     * 1 and leaves the bucket unchanged.
     */
    private void occupy(Label unlock) {
        if (op.takes()) {
            Label acting = new Label("acting");
            assembler
                    .load(Width.W, Reg.R5, Reg.R10, StateFrame.GENERATION_STATE)
                    .jump(Insn.JumpOp.EQ, Reg.R5, Intrinsic.ACTS, acting)
                    .store(Width.DW, Reg.R10, RateCode.ANSWER, 1)
                    .goTo(unlock)
                    .bind(acting);
            for (int at = 0; at < keyBytes; at += width(at).bytes()) {
                assembler.load(width(at), Reg.R5, Reg.R10, StateFrame.KEY + at).store(width(at), BUCKET, at, Reg.R5);
            }
        } else {
            assembler.store(Width.DW, Reg.R10, RateCode.ANSWER, 1).goTo(unlock);
        }
    }

    /** Takes a token from the bucket at `r3`. Sets the answer to 1 if there was one. */
    private void take(Label unlock) {
        Label later = new Label("later");
        assembler
                .load(Width.DW, Reg.R0, BUCKET, full)
                .jump(Insn.JumpOp.GE, Reg.R0, NOW, later)
                .mov(Reg.R0, NOW)
                .bind(later);
        assembler.mov(Reg.R5, NOW);
        RateCode.spend(assembler, Reg.R0, Reg.R5, rate.interval(), rate.depth(), unlock);
        assembler.store(Width.DW, Reg.R10, RateCode.ANSWER, 1);
        if (op.takes()) {
            RateCode.unlessActing(assembler, Reg.R5, unlock);
            if (op.segments()) {
                RateCode.owe(assembler, Reg.R0, rate.interval());
            }
            assembler.store(Width.DW, BUCKET, full, Reg.R0).store(Width.DW, SET, set.offset("time"), NOW);
        }
    }

    /** Takes a token from the shared bucket instead, and counts the request. */
    private void share() {
        Label unlock = new Label("unlock");
        maps.unlock(RateCode.BUCKET);
        maps.at(map, rate.shared());
        assembler.jump(Insn.JumpOp.EQ, Reg.R0, 0, done);
        lock();
        assembler.mov(BUCKET, SET).alu(Insn.AluOp.ADD, BUCKET, set.offset("ways"));
        if (op.takes()) {
            Label watched = new Label("watched");
            RateCode.unlessActing(assembler, Reg.R5, watched);
            assembler
                    .load(Width.DW, Reg.R0, SET, set.offset("requests"))
                    .alu(Insn.AluOp.ADD, Reg.R0, 1)
                    .store(Width.DW, SET, set.offset("requests"), Reg.R0)
                    .bind(watched);
        }
        take(unlock);
        assembler.bind(unlock);
        unlock();
        assembler.goTo(done);
    }
}
