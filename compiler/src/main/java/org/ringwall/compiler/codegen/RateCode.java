// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.state.EventLayout;
import org.ringwall.bpf.state.RateLayout;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.compiler.ir.Intrinsic;
import org.ringwall.compiler.ir.StateFrame;
import org.ringwall.compiler.ir.StateOp;

/**
 * The code of token buckets. A bucket is one number under a spin lock: the time at which it is full
 * again (docs/semantics.md section 12). The clock is read before the lock is taken, because no
 * helper may be called under it (check_helper_call in kernel/bpf/verifier.c).
 *
 * <p>The number is first read without the lock, in one aligned load. It never decreases, so a
 * bucket that is empty then is empty for this request and needs no lock. Code that takes a token
 * tests again under the lock.
 */
final class RateCode {
    /** The time of a test, until the next operation that reads the clock. */
    static final int TIME = MapCode.own(0);

    /** The own word that holds the address of the locked value. */
    static final int BUCKET = 1;

    /** The offset of the answer while a lock is held. */
    static final int ANSWER = MapCode.own(2);

    private static final int SUPPRESSED = EventLayout.LIMIT.offset("suppressed");

    private final Assembler assembler;
    private final MapCode maps;
    private final OutOfLine outOfLine;

    RateCode(Assembler assembler, MapCode maps, OutOfLine outOfLine) {
        this.assembler = assembler;
        this.outOfLine = outOfLine;
        this.maps = maps;
    }

    /**
     * Sets `r0` to 1 if there is a token for the frame's key, else to 0. Takes the token if the
     * operation takes tokens.
     */
    void token(StateOp.Token op) {
        RateLayout rate = op.rate();
        String map = StateNames.rate(rate.name());
        Label done = new Label("tried");
        Label full = new Label("full");
        time();
        if (!rate.key().isEmpty()) {
            new BucketSetCode(assembler, maps, outOfLine, op).emit();
            return;
        }
        maps.at(map, 0);
        assembler.jump(Insn.JumpOp.EQ, Reg.R0, 0, done);
        Label spent = new Label("spent");
        assembler.mov(Reg.R1, Reg.R0);
        next(RateLayout.BUCKET.offset("full"), rate.interval(), rate.depth(), spent);
        if (op.takes()) {
            unlessActing(assembler, Reg.R2, full);
            take(op);
            assembler.goTo(done);
        }
        assembler
                .bind(full)
                .mov(Reg.R0, 1)
                .goTo(done)
                .bind(spent)
                .mov(Reg.R0, 0)
                .bind(done);
    }

    /**
     * Takes a token from the bucket at `r0`, unless another request was faster. Sets `r0` to 1 or 0
     * accordingly.
     */
    private void take(StateOp.Token op) {
        RateLayout rate = op.rate();
        Label unlock = new Label("unlock");
        maps.lock(BUCKET);
        assembler.store(Width.DW, Reg.R10, ANSWER, 0);
        next(RateLayout.BUCKET.offset("full"), rate.interval(), rate.depth(), unlock);
        if (op.segments()) {
            owe(assembler, Reg.R3, rate.interval());
        }
        assembler
                .store(Width.DW, Reg.R10, ANSWER, 1)
                .store(Width.DW, Reg.R1, RateLayout.BUCKET.offset("full"), Reg.R3)
                .bind(unlock);
        maps.unlock(BUCKET);
        assembler.load(Width.DW, Reg.R0, Reg.R10, ANSWER);
    }

    /** Adds the intervals of all segments but the first to `full`; uses `r4` and `r5`. */
    static void owe(Assembler assembler, Reg full, long interval) {
        assembler
                .load(Width.DW, Reg.R5, Reg.R10, StateFrame.SEGMENTS)
                .alu(Insn.AluOp.SUB, Reg.R5, 1)
                .loadImm64(Reg.R4, interval)
                .alu(Insn.AluOp.MUL, Reg.R5, Reg.R4)
                .alu(Insn.AluOp.ADD, full, Reg.R5);
    }

    /** Branches to `other` if the generation does not act. */
    static void unlessActing(Assembler assembler, Reg work, Label other) {
        assembler
                .load(Width.W, work, Reg.R10, StateFrame.GENERATION_STATE)
                .jump(Insn.JumpOp.NE, work, Intrinsic.ACTS, other);
    }

    /**
     * Sets `r0` to 1 and the frame's word to the number of suppressed records if the rule may write
     * a record, else to 0.
     */
    void limit(StateOp.Limit op) {
        Label done = new Label("tried");
        Label held = new Label("held");
        time();
        maps.at(StateNames.LOG_LIMITS, op.rule());
        assembler.jump(Insn.JumpOp.EQ, Reg.R0, 0, done).mov(Reg.R1, Reg.R0);
        next(EventLayout.LIMIT.offset("full"), op.interval(), op.depth(), held);
        letThrough(op);
        assembler.goTo(done).bind(held);
        holdBack();
        assembler.mov(Reg.R0, 0).bind(done);
    }

    /**
     * Subtracts the reported number of suppressed records instead of overwriting it, because other
     * CPUs may add to it meanwhile.
     */
    private void letThrough(StateOp.Limit op) {
        Label late = new Label("late");
        Label unlock = new Label("unlock");
        maps.lock(BUCKET);
        assembler.store(Width.DW, Reg.R10, ANSWER, 0);
        next(EventLayout.LIMIT.offset("full"), op.interval(), op.depth(), late);
        assembler
                .store(Width.DW, Reg.R1, EventLayout.LIMIT.offset("full"), Reg.R3)
                .load(Width.W, Reg.R5, Reg.R1, SUPPRESSED)
                .store(Width.DW, Reg.R10, StateFrame.SUPPRESSED, Reg.R5)
                .neg(Width.DW, Reg.R5)
                .atomicAdd(Width.W, Reg.R1, SUPPRESSED, Reg.R5)
                .store(Width.DW, Reg.R10, ANSWER, 1)
                .goTo(unlock)
                .bind(late);
        holdBack();
        assembler.bind(unlock);
        maps.unlock(BUCKET);
        assembler.load(Width.DW, Reg.R0, Reg.R10, ANSWER);
    }

    /** Counts a suppressed record in the limit at `r1`. */
    private void holdBack() {
        assembler.mov(Reg.R5, 1).atomicAdd(Width.W, Reg.R1, SUPPRESSED, Reg.R5);
    }

    /**
     * Adds back the number of suppressed records that a record would have reported, if the ring had
     * no room for it.
     */
    void giveBack(int rule) {
        Label none = new Label("none");
        assembler.load(Width.DW, Reg.R1, Reg.R10, StateFrame.SUPPRESSED).jump(Insn.JumpOp.EQ, Reg.R1, 0, none);
        maps.at(StateNames.LOG_LIMITS, rule);
        assembler
                .jump(Insn.JumpOp.EQ, Reg.R0, 0, none)
                .load(Width.DW, Reg.R1, Reg.R10, StateFrame.SUPPRESSED)
                .atomicAdd(Width.W, Reg.R0, SUPPRESSED, Reg.R1)
                .bind(none);
    }

    private void time() {
        assembler.call(Helper.KTIME_GET_BOOT_NS.id()).store(Width.DW, Reg.R10, TIME, Reg.R0);
    }

    /**
     * Sets `r3` to the time at which the bucket at `r1` is full again if a token is taken now.
     * Branches to `none` if it has no token.
     */
    private void next(int full, long interval, long depth, Label none) {
        Label later = new Label("later");
        assembler
                .load(Width.DW, Reg.R2, Reg.R10, TIME)
                .load(Width.DW, Reg.R3, Reg.R1, full)
                .jump(Insn.JumpOp.GE, Reg.R3, Reg.R2, later)
                .mov(Reg.R3, Reg.R2)
                .bind(later);
        spend(assembler, Reg.R3, Reg.R2, interval, depth, none);
    }

    /**
     * Adds a token's interval to `full`, or branches to `none` if the bucket has no token at `now`.
     * Changes `now` and uses `r4`. `full` is compared before anything is added to it: a bucket with
     * the largest number has no token, and the sum would wrap.
     */
    static void spend(Assembler assembler, Reg full, Reg now, long interval, long depth, Label none) {
        add(assembler, now, depth - interval, Reg.R4);
        assembler.jump(Insn.JumpOp.GT, full, now, none);
        add(assembler, full, interval, Reg.R4);
    }

    /** `dst += number`; a number of more than 32 bits is loaded into `spare`. */
    static void add(Assembler assembler, Reg dst, long number, Reg spare) {
        if (number == (int) number) {
            assembler.alu(Insn.AluOp.ADD, dst, (int) number);
        } else {
            assembler.loadImm64(spare, number).alu(Insn.AluOp.ADD, dst, spare);
        }
    }
}
