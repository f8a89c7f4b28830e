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
import org.ringwall.compiler.ir.StateFrame;
import org.ringwall.compiler.ir.StateOp;

/**
 * Buckets of tokens, as one number under a spin lock: when a bucket is full again (docs/semantics.md section 12). The time
 * is asked for before the lock is taken, under which no helper may be called (check_helper_call in kernel/bpf/verifier.c).
 *
 * <p>The number is read before the lock is taken, in one aligned load, and it never falls: a bucket that is empty then is empty for this
 * request, and needs no lock. What takes a token looks again under the lock.
 */
final class RateCode {
    /** When a limit was asked, until the next operation that asks for the time. */
    static final int TIME = MapCode.own(0);

    /** The own word that keeps the address of the locked value. */
    static final int BUCKET = 1;

    /** Where the answer is while a lock is held. */
    static final int ANSWER = MapCode.own(2);

    private static final int SUPPRESSED = EventLayout.LIMIT.offset("suppressed");

    private final Assembler assembler;
    private final MapCode maps;
    private final Aside aside;

    RateCode(Assembler assembler, Aside aside) {
        this.assembler = assembler;
        this.aside = aside;
        this.maps = new MapCode(assembler);
    }

    /** `r0` is 1 if there is a token for the frame's key, which is taken where this is to be, else 0. */
    void token(StateOp.Token op) {
        RateLayout rate = op.rate();
        String map = StateNames.rate(rate.name());
        Label done = new Label("tried");
        Label full = new Label("full");
        time();
        if (!rate.key().isEmpty()) {
            new BucketSetCode(assembler, aside, op).emit();
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

    /** `r0` is the bucket, which has a token if no other request was faster, and then whether it had one. */
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

    /** Adds to `full` what the segments after the first one take; `r4` and `r5` are used. */
    static void owe(Assembler assembler, Reg full, long interval) {
        assembler
                .load(Width.DW, Reg.R5, Reg.R10, StateFrame.SEGMENTS)
                .alu(Insn.AluOp.SUB, Reg.R5, 1)
                .loadImm64(Reg.R4, interval)
                .alu(Insn.AluOp.MUL, Reg.R5, Reg.R4)
                .alu(Insn.AluOp.ADD, full, Reg.R5);
    }

    /** Goes to `other` if the generation does not act. */
    static void unlessActing(Assembler assembler, Reg work, Label other) {
        assembler
                .load(Width.W, work, Reg.R10, StateFrame.STANDING)
                .jump(Insn.JumpOp.NE, work, StateOp.Standing.ACTS, other);
    }

    /** `r0` is 1 if the rule may write a record, and the frame has how many it could not write before; else 0. */
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

    /** What is told as held back is taken off, not overwritten: others may hold back meanwhile. */
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

    /** One more record of what `r1` points at is held back. */
    private void holdBack() {
        assembler.mov(Reg.R5, 1).atomicAdd(Width.W, Reg.R1, SUPPRESSED, Reg.R5);
    }

    /** A record that found no room gives back how many it would have told were held back. */
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

    /** `r3` is when the bucket that `r1` points at is full again if a token is taken now; where there is none, to `none`. */
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
     * Adds a token's interval to `full`, or branches to `none` where the bucket has no token at `now`, which becomes another number; `r4` is
     * used. `full` is compared before anything is added to it: a bucket with the largest number has no token, where the sum would wrap.
     */
    static void spend(Assembler assembler, Reg full, Reg now, long interval, long depth, Label none) {
        add(assembler, now, depth - interval, Reg.R4);
        assembler.jump(Insn.JumpOp.GT, full, now, none);
        add(assembler, full, interval, Reg.R4);
    }

    /** `dst += number`; a number of more than 32 bits goes through `spare`. */
    static void add(Assembler assembler, Reg dst, long number, Reg spare) {
        if (number == (int) number) {
            assembler.alu(Insn.AluOp.ADD, dst, (int) number);
        } else {
            assembler.loadImm64(spare, number).alu(Insn.AluOp.ADD, dst, spare);
        }
    }
}
