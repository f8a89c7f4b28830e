// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.verifier;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.ringwall.bpf.flow.RegSet;
import org.ringwall.bpf.insn.Reg;

/** The abstract state before an instruction; mutable. */
final class State {
    private static final int REGISTERS = Reg.values().length;

    private final Value[] registers;
    private Stack stack;
    private boolean stackShared;

    /** The ids of records that are reserved and not yet released. */
    private Set<Integer> reserved;

    /** The id of the value whose lock is held. */
    private Optional<Integer> locked;

    private State(
            Value[] registers, Stack stack, boolean stackShared, Set<Integer> reserved, Optional<Integer> locked) {
        this.registers = registers;
        this.stack = stack;
        this.stackShared = stackShared;
        this.reserved = reserved;
        this.locked = locked;
    }

    /**
     * A key of states; states with equal keys are joined.
     *
     * @param counters the constants of loop counters
     * @param reserved the records that must be released
     * @param locked the value whose lock is held
     * @param shape a hash of the contents of registers and stack without ranges of numbers; 0 if
     *     they are ignored. A collision only joins two states, which loses precision but is safe
     */
    record Key(List<Long> counters, Set<Integer> reserved, Optional<Integer> locked, long shape) {}

    /** Returns the state at the start of a program: the context in r1, the frame pointer in r10. */
    static State start() {
        Value[] registers = new Value[REGISTERS];
        Arrays.fill(registers, Value.UNSET);
        registers[Reg.R1.number()] = Value.of(new Pointer.Context(0));
        registers[Reg.R10.number()] = Value.of(new Pointer.Frame(Numbers.ZERO));
        return new State(registers, Stack.empty(), false, Set.of(), Optional.empty());
    }

    State copy() {
        stackShared = true;
        return new State(registers.clone(), stack, true, reserved, locked);
    }

    /**
     * Returns a key that distinguishes whether r0 and each of these slots, one bit each, is 0:
     * emitted code tests such results.
     */
    Key key(List<Long> counters, long slots) {
        boolean none = registers[Reg.R0.number()].isNumber()
                && registers[Reg.R0.number()].numbers().equals(Numbers.ZERO);
        return new Key(counters, reserved, locked, Stack.mixed(stack.zeros(slots), none ? 1 : 0));
    }

    /** Returns a key that distinguishes the kinds of values and the constants. */
    Key fineKey(List<Long> counters, RegSet live, long slots) {
        long shape = stack.shape(slots);
        for (int i = 0; i < REGISTERS; i++) {
            if (live.contains(Reg.of(i))) {
                shape = Stack.mixed(shape, registers[i].shape() + i);
            }
        }
        return new Key(counters, reserved, locked, shape);
    }

    /** Clears the registers that are not live. */
    void keep(RegSet live) {
        for (int i = 0; i < REGISTERS; i++) {
            if (!live.contains(Reg.of(i)) && i != Reg.R10.number()) {
                registers[i] = Value.UNSET;
            }
        }
    }

    Value get(Reg reg) {
        return registers[reg.number()];
    }

    void set(Reg reg, Value value) {
        registers[reg.number()] = value;
    }

    Stack stack() {
        return stack;
    }

    /** Returns the stack for modification. */
    Stack ownStack() {
        if (stackShared) {
            stack = stack.copy();
            stackShared = false;
        }
        return stack;
    }

    Set<Integer> reserved() {
        return reserved;
    }

    void reserve(int id) {
        Set<Integer> more = new TreeSet<>(reserved);
        more.add(id);
        reserved = more;
    }

    /** Marks a record as released, or as never reserved. */
    void release(int id) {
        Set<Integer> fewer = new TreeSet<>(reserved);
        fewer.remove(id);
        reserved = fewer;
    }

    Optional<Integer> locked() {
        return locked;
    }

    void lock(int id) {
        locked = Optional.of(id);
    }

    void unlock() {
        locked = Optional.empty();
    }

    /** Replaces each pointer of this id. */
    void replace(int id, UnaryOperator<Pointer> change) {
        replaceAll(id, pointer -> Value.of(change.apply(pointer)));
    }

    /** Replaces pointers of this id by null, the number 0. */
    void makeNull(int id) {
        replaceAll(id, pointer -> Value.of(Numbers.ZERO));
    }

    private void replaceAll(int id, java.util.function.Function<Pointer, Value> change) {
        change(value -> value.mentions(id)
                ? value.map(pointer -> pointer.id() == id ? change.apply(pointer) : Value.of(pointer))
                : value);
    }

    private void change(UnaryOperator<Value> change) {
        for (int i = 0; i < REGISTERS; i++) {
            registers[i] = change.apply(registers[i]);
        }
        boolean differs = false;
        for (int slot = 0; slot < stack.slots() && !differs; slot++) {
            Value value = stack.slotValue(slot);
            differs = change.apply(value) != value;
        }
        if (differs) {
            ownStack().change(change);
        }
    }

    /** Invalidates the packet pointers with this base, since another base gets its id. */
    void forgetPackets(int base) {
        change(value -> value.map(pointer ->
                pointer instanceof Pointer.Packet packet && packet.base() == base ? Value.OPAQUE : Value.of(pointer)));
    }

    /** Marks this many bytes from the base on as existing. */
    void showPacket(int base, int bytes) {
        change(value -> value.map(
                pointer -> pointer instanceof Pointer.Packet packet && packet.base() == base && packet.range() < bytes
                        ? Value.of(new Pointer.Packet(base, packet.most(), packet.off(), bytes))
                        : Value.of(pointer)));
    }

    /** Joins the state of another path with the same key. Returns whether anything changed. */
    boolean join(State other) {
        State right = other.renamedLike(this).withNullsOf(this);
        List<Absent> nulls = nullsLike(right);
        put(nulls);
        boolean changed = !nulls.isEmpty();
        for (int i = 0; i < REGISTERS; i++) {
            Value joined = Value.join(registers[i], right.registers[i]);
            changed |= joined != registers[i];
            registers[i] = joined;
        }
        if (stack != right.stack) {
            changed |= ownStack().join(right.stack);
        }
        return changed;
    }

    /** The new value of a register or slot that is 0 where another state has a pointer. */
    private record Absent(int register, int slot, Value value) {}

    /**
     * Returns this state with each number 0 replaced by a nullable pointer where the other state
     * has one pointer.
     */
    private State withNullsOf(State other) {
        List<Absent> found = nullsLike(other);
        if (found.isEmpty()) {
            return this;
        }
        State copy = copy();
        copy.put(found);
        return copy;
    }

    /**
     * Returns each number 0 that can be a null of the one pointer that the other state has in its
     * place, because nothing here has that pointer's id. A later comparison of one copy then
     * applies to all.
     */
    private List<Absent> nullsLike(State other) {
        List<Absent> found = new ArrayList<>();
        for (int i = 0; i < REGISTERS; i++) {
            absent(registers[i], other.registers[i], i, -1, found);
        }
        if (stack != other.stack) {
            for (int slot = 0; slot < stack.slots(); slot++) {
                absent(stack.slotValue(slot), other.stack.slotValue(slot), -1, slot, found);
            }
        }
        if (!found.isEmpty()) {
            found.removeIf(each -> mentions(each.value().pointers().get(0).id()));
        }
        return found;
    }

    private void put(List<Absent> found) {
        for (Absent each : found) {
            if (each.slot() < 0) {
                registers[each.register()] = each.value();
            } else {
                ownStack().setSlot(each.slot(), each.value());
            }
        }
    }

    private static void absent(Value mine, Value theirs, int register, int slot, List<Absent> found) {
        if (theirs.pointers().size() == 1 && mine.isNumber() && mine.numbers().equals(Numbers.ZERO)) {
            theirs.pointer()
                    .flatMap(Pointer::perhapsNull)
                    .ifPresent(pointer -> found.add(new Absent(register, slot, Value.of(pointer))));
        }
    }

    /**
     * Returns this state with the other state's ids where both have one pointer each. An id only
     * identifies equal pointers within one state, so it can be renamed.
     */
    private State renamedLike(State other) {
        Map<Integer, Integer> names = new HashMap<>();
        for (int i = 0; i < REGISTERS; i++) {
            name(registers[i], other.registers[i], names);
        }
        if (stack != other.stack) {
            for (int slot = 0; slot < stack.slots(); slot++) {
                name(stack.slotValue(slot), other.stack.slotValue(slot), names);
            }
        }
        if (names.isEmpty()) {
            return this;
        }
        names.keySet().removeAll(reserved);
        locked.ifPresent(names.keySet()::remove);
        names.values().removeIf(this::mentions);
        boolean distinct = new HashSet<>(names.values()).size() == names.size();
        if (names.isEmpty() || !distinct) {
            return this;
        }
        State renamed = copy();
        names.forEach((from, to) -> renamed.replace(from, pointer -> pointer.withId(to)));
        return renamed;
    }

    private static void name(Value mine, Value theirs, Map<Integer, Integer> names) {
        if (mine != theirs && mine.pointers().size() == 1 && theirs.pointers().size() == 1) {
            int from = mine.pointers().get(0).id();
            int to = theirs.pointers().get(0).id();
            if (from != to && from != Pointer.NO_ID && to != Pointer.NO_ID) {
                names.putIfAbsent(from, to);
            }
        }
    }

    private boolean mentions(int id) {
        for (Value value : registers) {
            if (value.mentions(id)) {
                return true;
            }
        }
        for (int slot = 0; slot < stack.slots(); slot++) {
            if (stack.slotValue(slot).mentions(id)) {
                return true;
            }
        }
        return false;
    }
}
