package org.ringwall.compiler.codegen;

import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.compiler.ir.StateFrame;
import org.ringwall.compiler.ir.Symbols;

/** Calls that ask maps and change them; each uses the registers that calls destroy. */
final class MapCode {
    /** BPF_NOEXIST in include/uapi/linux/bpf.h: what is there stays. */
    private static final int NO_EXIST = 1;

    /** The last of {@link StateFrame#OWN}'s words: an array's index. */
    private static final int INDEX = StateFrame.OWN + 3 * Long.BYTES;

    private final Assembler assembler;

    MapCode(Assembler assembler) {
        this.assembler = assembler;
    }

    /** A word of {@link StateFrame#OWN}, 0 to 2. */
    static int own(int word) {
        return StateFrame.OWN + word * Long.BYTES;
    }

    /** `dst = r10 + at`. */
    Assembler frame(Reg dst, int at) {
        return assembler.mov(dst, Reg.R10).alu(Insn.AluOp.ADD, dst, at);
    }

    /** `r0` is the value for the frame's key, or 0. */
    void lookUp(String map) {
        assembler.loadSymbol(Reg.R1, map, 0);
        lookUpIn();
    }

    /** The same in the map that `r1` is. */
    void lookUpIn() {
        lookUpIn(StateFrame.KEY);
    }

    private void lookUpIn(int key) {
        frame(Reg.R2, key).call(Helper.MAP_LOOKUP_ELEM.id());
    }

    /** `r0` is the value at this index of an array, or 0, which it is for no index that the array has. */
    void at(String map, int index) {
        assembler.store(Width.DW, Reg.R10, INDEX, 0);
        if (index != 0) {
            assembler.store(Width.W, Reg.R10, INDEX, index);
        }
        assembler.loadSymbol(Reg.R1, map, 0);
        frame(Reg.R2, INDEX).call(Helper.MAP_LOOKUP_ELEM.id());
    }

    /** The same at the index that is in a register, below 2^32. */
    void at(String map, Reg index) {
        assembler
                .store(Width.DW, Reg.R10, INDEX, 0)
                .store(Width.W, Reg.R10, INDEX, index)
                .loadSymbol(Reg.R1, map, 0);
        frame(Reg.R2, INDEX).call(Helper.MAP_LOOKUP_ELEM.id());
    }

    /**
     * The same at index 0, without a store: some processors are late to load what was stored just before, which is a part of what it costs
     * to count. Nothing of the frame is touched.
     */
    void first(String map) {
        assembler.loadSymbol(Reg.R1, map, 0).loadSymbol(Reg.R2, Symbols.ZERO, 0).call(Helper.MAP_LOOKUP_ELEM.id());
    }

    /** `r0` is the value of a map that can be exchanged for the frame's key, or 0. */
    void lookUpInner(String map, Label absent) {
        lookUpInner(map, StateFrame.KEY, absent);
    }

    /** The same for the key at this place of the frame. */
    void lookUpInner(String map, int key, Label absent) {
        first(map);
        assembler.jump(Insn.JumpOp.EQ, Reg.R0, 0, absent).mov(Reg.R1, Reg.R0);
        lookUpIn(key);
    }

    /** Puts the frame's value at its key, unless there is one: `r0` is 0, or a negative errno. */
    void create(String map) {
        assembler.loadSymbol(Reg.R1, map, 0);
        frame(Reg.R2, StateFrame.KEY);
        frame(Reg.R3, StateFrame.VALUE).mov(Reg.R4, NO_EXIST).call(Helper.MAP_UPDATE_ELEM.id());
    }

    /** Locks the value that `r0` is, whose lock is its first member; its address is kept in this own word, and in `r1`. */
    void lock(int word) {
        assembler
                .store(Width.DW, Reg.R10, own(word), Reg.R0)
                .mov(Reg.R1, Reg.R0)
                .call(Helper.SPIN_LOCK.id())
                .load(Width.DW, Reg.R1, Reg.R10, own(word));
    }

    /** Unlocks what {@link #lock} has locked. */
    void unlock(int word) {
        assembler.load(Width.DW, Reg.R1, Reg.R10, own(word)).call(Helper.SPIN_UNLOCK.id());
    }

    /** Adds 1 to a u64 of what {@link org.ringwall.bpf.state.StateNames#LOST} has for this CPU. */
    void lose(String map, int offset) {
        Label done = new Label("kept");
        at(map, 0);
        assembler
                .jump(Insn.JumpOp.EQ, Reg.R0, 0, done)
                .mov(Reg.R1, 1)
                .atomicAdd(Width.DW, Reg.R0, offset, Reg.R1)
                .bind(done);
    }
}
