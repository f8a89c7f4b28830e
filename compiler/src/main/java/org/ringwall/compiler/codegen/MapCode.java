// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.compiler.ir.StateFrame;
import org.ringwall.compiler.ir.Symbols;

/** Calls that read and change maps. Each uses the registers that calls destroy. */
final class MapCode {
    /** BPF_NOEXIST in include/uapi/linux/bpf.h: keeps an existing entry. */
    private static final int NO_EXIST = 1;

    /** The last word of {@link StateFrame#OWN}: the index into an array. */
    private static final int INDEX = StateFrame.OWN + 3 * Long.BYTES;

    private final Assembler assembler;
    private final IndexedMaps indexed;

    MapCode(Assembler assembler, IndexedMaps indexed) {
        this.assembler = assembler;
        this.indexed = indexed;
    }

    /** Returns the offset of a word of {@link StateFrame#OWN}, 0 to 2. */
    static int own(int word) {
        return StateFrame.OWN + word * Long.BYTES;
    }

    /** `dst = r10 + at`. */
    Assembler frame(Reg dst, int at) {
        return assembler.mov(dst, Reg.R10).alu(Insn.AluOp.ADD, dst, at);
    }

    /** Returns whether the map is in an index. */
    boolean isIndexed(String map) {
        return indexed.has(map);
    }

    /** Sets `r1` to the map. If it is in an index, all registers that calls destroy are used. */
    void load(String map) {
        indexed.load(map);
    }

    /** Does the same, and keeps the address of a map in an index in this own word. */
    void load(String map, int word) {
        load(map);
        if (indexed.has(map)) {
            assembler.store(Width.DW, Reg.R10, own(word), Reg.R1);
        }
    }

    /** Sets `r1` to the map again. */
    void reload(String map, int word) {
        if (indexed.has(map)) {
            assembler.load(Width.DW, Reg.R1, Reg.R10, own(word));
        } else {
            indexed.load(map);
        }
    }

    /** Sets `r0` to the value for the frame's key, or 0. */
    void lookUp(String map) {
        assembler.loadSymbol(Reg.R1, map, 0);
        lookUpIn();
    }

    /** Does the same for the map in `r1`. */
    void lookUpIn() {
        lookUpIn(StateFrame.KEY);
    }

    private void lookUpIn(int key) {
        frame(Reg.R2, key).call(Helper.MAP_LOOKUP_ELEM.id());
    }

    /**
     * Sets `r0` to the value at this index of an array. It is never 0 for a valid index, but the
     * verifier requires a test.
     */
    void at(String map, int index) {
        assembler.store(Width.DW, Reg.R10, INDEX, 0);
        if (index != 0) {
            assembler.store(Width.W, Reg.R10, INDEX, index);
        }
        indexed.load(map);
        frame(Reg.R2, INDEX).call(Helper.MAP_LOOKUP_ELEM.id());
    }

    /** Does the same for the index in a register, which is below 2^32. */
    void at(String map, Reg index) {
        assembler.store(Width.DW, Reg.R10, INDEX, 0).store(Width.W, Reg.R10, INDEX, index);
        indexed.load(map);
        frame(Reg.R2, INDEX).call(Helper.MAP_LOOKUP_ELEM.id());
    }

    /**
     * Does the same at index 0 without a store. Some processors are slow to load what was stored
     * immediately before, which adds to the cost of each count. The frame is not touched.
     */
    void first(String map) {
        assembler.loadSymbol(Reg.R1, map, 0);
        firstIn();
    }

    /** Does the same for the map in `r1`. */
    void firstIn() {
        assembler.loadSymbol(Reg.R2, Symbols.ZERO, 0).call(Helper.MAP_LOOKUP_ELEM.id());
    }

    /** Looks up the frame's key in the inner map of `map`: sets `r0` to the value, or 0. */
    void lookUpInner(String map, Label absent) {
        lookUpInner(map, StateFrame.KEY, absent);
    }

    /** Does the same for the key at this offset of the frame. */
    void lookUpInner(String map, int key, Label absent) {
        if (indexed.has(map)) {
            indexed.load(map);
        } else {
            first(map);
            assembler.jump(Insn.JumpOp.EQ, Reg.R0, 0, absent).mov(Reg.R1, Reg.R0);
        }
        lookUpIn(key);
    }

    /**
     * Stores the frame's value under its key in the map in `r1` unless the key exists. Sets `r0` to
     * 0 or a negative errno.
     */
    void create() {
        frame(Reg.R2, StateFrame.KEY);
        frame(Reg.R3, StateFrame.VALUE).mov(Reg.R4, NO_EXIST).call(Helper.MAP_UPDATE_ELEM.id());
    }

    /**
     * Locks the value at `r0`, whose first member is the lock. Keeps its address in this own word
     * and in `r1`.
     */
    void lock(int word) {
        assembler
                .store(Width.DW, Reg.R10, own(word), Reg.R0)
                .mov(Reg.R1, Reg.R0)
                .call(Helper.SPIN_LOCK.id())
                .load(Width.DW, Reg.R1, Reg.R10, own(word));
    }

    /** Unlocks the value that {@link #lock} has locked. */
    void unlock(int word) {
        assembler.load(Width.DW, Reg.R1, Reg.R10, own(word)).call(Helper.SPIN_UNLOCK.id());
    }

    /** Adds 1 to a u64 of this CPU's value in {@link org.ringwall.bpf.state.StateNames#LOST}. */
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
