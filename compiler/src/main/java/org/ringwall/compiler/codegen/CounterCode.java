// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.AddressCall;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.SockOpsEvent;
import org.ringwall.bpf.state.CounterLayout;
import org.ringwall.bpf.state.CounterUnit;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.compiler.ir.StateFrame;
import org.ringwall.compiler.ir.StateOp;
import org.ringwall.compiler.ir.Symbols;

/**
 * The code of a counter. Each CPU has its own values and updates them with one atomic instruction,
 * because a program may be interrupted on its CPU by another one that updates the same counter.
 */
final class CounterCode {
    private static final int TIME = MapCode.own(0);

    /** The own word that holds the address of a map that is in an index. */
    private static final int MAP = 1;

    private final Assembler assembler;
    private final MapCode maps;
    private final Hook hook;
    private final StateOp.Count count;
    private final OutOfLine outOfLine;
    private final CounterLayout counter;

    CounterCode(Assembler assembler, MapCode maps, Hook hook, StateOp.Count count, OutOfLine outOfLine) {
        this.assembler = assembler;
        this.maps = maps;
        this.hook = hook;
        this.count = count;
        this.outOfLine = outOfLine;
        this.counter = count.counter();
    }

    /** Returns whether the counted amount may come from the context. */
    static boolean needsContext(StateOp.Count count) {
        return count.counter().columns().stream().anyMatch(column -> column.unit() == CounterUnit.CONNECTIONS);
    }

    void emit() {
        Label done = new Label("counted");
        String map = counter.symbol();
        if (counter.columns().stream().anyMatch(column -> column.unit() == CounterUnit.TIME)) {
            assembler.call(Helper.KTIME_GET_BOOT_NS.id()).store(Width.DW, Reg.R10, TIME, Reg.R0);
        }
        if (counter.key().isEmpty()) {
            if (maps.isIndexed(map)) {
                maps.load(map);
                checkGeneration(Reg.R3, Reg.R4, done);
                maps.firstIn();
            } else {
                checkGeneration(Reg.R1, Reg.R2, done);
                maps.first(map);
            }
            assembler.jump(Insn.JumpOp.EQ, Reg.R0, 0, done);
        } else {
            Label have = new Label("have");
            Label first = new Label("first");
            maps.load(map, MAP);
            maps.lookUpIn();
            // The processor can execute this while it waits for the memory that the lookup needs.
            checkGeneration(Reg.R1, Reg.R2, done);
            assembler.jump(Insn.JumpOp.EQ, Reg.R0, 0, first);
            outOfLine.add(first, have, () -> first(map, have, done));
            assembler.bind(have);
        }
        for (int i = 0; i < counter.columns().size(); i++) {
            add(counter.columns().get(i).unit(), i * Long.BYTES);
        }
        assembler.bind(done);
    }

    /** Branches to `older` unless this generation is the newest. */
    private void checkGeneration(Reg newest, Reg own, Label older) {
        if (count.checked()) {
            assembler
                    .loadSymbol(newest, Symbols.CONTROL, 0)
                    .load(Width.W, newest, newest, Symbols.CONTROL_HI)
                    .loadSymbol(own, Symbols.GENERATION, 0)
                    .load(Width.W, own, own, 0)
                    .jump(Insn.JumpOp.NE, newest, own, older);
        }
    }

    /**
     * Creates the entry of a new key. If another CPU was faster, continues at `have` with the entry
     * in `r0`. If the map has no room, counts a loss.
     */
    private void first(String map, Label have, Label done) {
        values();
        maps.reload(map, MAP);
        maps.create();
        assembler.jump(Insn.JumpOp.EQ, Reg.R0, 0, done);
        maps.reload(map, MAP);
        maps.lookUpIn();
        assembler.jump(Insn.JumpOp.NE, Reg.R0, 0, have);
        if (counter.canLose()) {
            maps.lose(StateNames.LOST, count.lost());
        }
        assembler.goTo(done);
    }

    /** Writes the value of a new key. */
    private void values() {
        for (int i = 0; i < counter.columns().size(); i++) {
            int at = StateFrame.VALUE + i * Long.BYTES;
            CounterUnit unit = counter.columns().get(i).unit();
            if (unit == CounterUnit.TIME) {
                assembler.load(Width.DW, Reg.R1, Reg.R10, TIME).store(Width.DW, Reg.R10, at, Reg.R1);
            } else if (isFixed(unit)) {
                assembler.store(Width.DW, Reg.R10, at, amount(unit));
            } else {
                changing(unit);
                assembler.store(Width.DW, Reg.R10, at, Reg.R1);
            }
        }
    }

    private void add(CounterUnit unit, int offset) {
        if (unit == CounterUnit.TIME) {
            Label later = new Label("later");
            assembler
                    .load(Width.DW, Reg.R1, Reg.R10, TIME)
                    .load(Width.DW, Reg.R2, Reg.R0, offset)
                    .jump(Insn.JumpOp.GE, Reg.R2, Reg.R1, later)
                    .store(Width.DW, Reg.R0, offset, Reg.R1)
                    .bind(later);
        } else if (!isFixed(unit)) {
            changing(unit);
            assembler.atomicAdd(Width.DW, Reg.R0, offset, Reg.R1);
        } else if (amount(unit) != 0) {
            assembler.mov(Reg.R1, amount(unit)).atomicAdd(Width.DW, Reg.R0, offset, Reg.R1);
        }
    }

    private boolean isFixed(CounterUnit unit) {
        return switch (unit) {
            case BYTES, PACKETS -> !isPacket();
            case CONNECTIONS, BYTES_SENT, BYTES_RECEIVED -> hook != Hook.SOCK_OPS;
            case ATTEMPTS, DATAGRAMS, TIME -> true;
        };
    }

    private int amount(CounterUnit unit) {
        boolean counts = switch (unit) {
            case ATTEMPTS -> true;
            case DATAGRAMS -> hook.isInet() && hook.is(AddressCall::isOfDatagram);
            case PACKETS, BYTES, BYTES_SENT, BYTES_RECEIVED, CONNECTIONS, TIME -> false;
        };
        return counts ? 1 : 0;
    }

    private boolean isPacket() {
        return hook.context() == ContextStruct.SK_BUFF;
    }

    /** Sets `r1` to the amount that the request adds. */
    private void changing(CounterUnit unit) {
        if (unit != CounterUnit.CONNECTIONS) {
            int at = switch (unit) {
                case PACKETS -> StateFrame.SEGMENTS;
                case BYTES -> StateFrame.SEGMENT_BYTES;
                case BYTES_SENT -> StateFrame.SENT;
                case BYTES_RECEIVED -> StateFrame.RECEIVED;
                case ATTEMPTS, CONNECTIONS, DATAGRAMS, TIME ->
                    throw new IllegalStateException(unit + " adds a fixed amount");
            };
            assembler.load(Width.DW, Reg.R1, Reg.R10, at);
            return;
        }
        Label one = new Label("one");
        Label passive = new Label("passive");
        Label done = new Label("none");
        // In repair mode no packet establishes the connection (tcp_finish_connect with a null skb).
        assembler
                .load(Width.W, Reg.R2, InstructionSelector.CONTEXT, offset("op"))
                .mov(Reg.R1, 0)
                .jump(Insn.JumpOp.NE, Reg.R2, SockOpsEvent.ACTIVE_ESTABLISHED.number(), passive)
                .load(Width.W, Reg.R2, InstructionSelector.CONTEXT, offset("skb_len"))
                .jump(Insn.JumpOp.EQ, Reg.R2, 0, done)
                .goTo(one)
                .bind(passive)
                .jump(Insn.JumpOp.NE, Reg.R2, SockOpsEvent.PASSIVE_ESTABLISHED.number(), done)
                .bind(one)
                .mov(Reg.R1, 1)
                .bind(done);
    }

    private int offset(String field) {
        return hook.context()
                .field(field)
                .orElseThrow(() -> new IllegalStateException(hook + " has no `" + field + "`"))
                .offset();
    }
}
