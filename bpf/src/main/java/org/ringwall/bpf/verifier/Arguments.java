// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.verifier;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.kernel.ArgumentType;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.KernelVersion;

/**
 * The checks of the arguments of one call against their types, as check_func_arg in
 * kernel/bpf/verifier.c.
 */
final class Arguments {
    /** The first kernel on which helpers may access uninitialized stack, with CAP_PERFMON. */
    private static final KernelVersion UNSET_STACK = new KernelVersion(6, 3);

    /** BPF_MAX_VAR_SIZ. */
    private static final int MOST_SIZE = 1 << 29;

    private final Subject subject;
    private final Report report;
    private final Accesses accesses;
    private final State state;
    private final int slot;

    /** The maps to which the call may refer. */
    private final List<MapShape> maps = new ArrayList<>();

    /** The size of the reserved record. */
    private int recordSize;

    Arguments(Subject subject, Report report, Accesses accesses, State state, int slot) {
        this.subject = subject;
        this.report = report;
        this.accesses = accesses;
        this.state = state;
        this.slot = slot;
    }

    List<MapShape> maps() {
        return maps;
    }

    int recordSize() {
        return recordSize;
    }

    /** Checks all arguments. */
    void check(Helper helper, List<ArgumentType> types) {
        for (int i = 0; i < types.size(); i++) {
            Reg reg = Reg.of(i + 1);
            Value value = state.get(reg);
            switch (types.get(i)) {
                case CONTEXT -> context(reg, value);
                case CONTEXT_OR_NULL -> orNull(reg, value, this::context);
                case MAP -> map(helper, reg, value);
                case MAP_KEY -> ofMap(reg, value, true);
                case MAP_VALUE -> ofMap(reg, value, false);
                case MAP_VALUE_OR_NULL -> orNull(reg, value, (at, some) -> ofMap(at, some, false));
                case MEMORY, UNSET_MEMORY -> pointerAlone(reg, value);
                case SIZE, SIZE_OR_ZERO -> size(types, i);
                case ANYTHING -> anything(reg, value);
                case SOCKET -> storageOf(reg, value);
                case SOCK_COMMON -> socket(reg, value);
                case SPIN_LOCK -> lock(helper, reg, value);
                case RECORD -> giveBack(reg, value);
                case RECORD_SIZE -> recordSize(reg, value);
            }
        }
    }

    /** Checks a pointer to memory and the size that follows it. */
    void memory(Reg reg, Reg sizeReg, boolean written, boolean zeroAllowed) {
        Value size = state.get(sizeReg);
        long least = zeroAllowed ? 0 : 1;
        if (!size.isNumber() || !size.numbers().within(least, MOST_SIZE - 1)) {
            wrong(sizeReg, size, "a size");
            return;
        }
        pointerAlone(reg, state.get(reg));
        region(reg, size.numbers(), written);
    }

    private void wrong(Reg reg, Value value, String wanted) {
        report.add(VerifierAssertion.ARGUMENT, slot, reg + " is " + value + ", not " + wanted);
    }

    /** Accepts null, and checks any other value. */
    private void orNull(Reg reg, Value value, Wanted wanted) {
        boolean mayBeNull = value.numbers().equals(Numbers.ZERO);
        if (!mayBeNull || !value.pointers().isEmpty()) {
            wanted.check(reg, mayBeNull ? value.withNumbers(Numbers.NONE) : value);
        }
    }

    /** A check of one argument. */
    private interface Wanted {
        void check(Reg reg, Value value);
    }

    private void context(Reg reg, Value value) {
        if (!value.pointer().equals(Optional.of(new Pointer.Context(0)))) {
            wrong(reg, value, "the context");
        }
    }

    private void anything(Reg reg, Value value) {
        boolean harmless = value.pointers().stream().allMatch(Pointer.KernelMemory.class::isInstance);
        if (value.unset() || !harmless) {
            wrong(reg, value, "a number");
        }
    }

    private void storageOf(Reg reg, Value value) {
        if (subject.hook().context() == ContextStruct.SOCK) {
            context(reg, value);
        } else {
            socket(reg, value);
        }
    }

    private void socket(Reg reg, Value value) {
        if (value.pointer()
                .filter(pointer -> pointer instanceof Pointer.Socket && !pointer.nullable())
                .isEmpty()) {
            report.add(
                    value.pointers().stream().anyMatch(Pointer::nullable)
                            ? VerifierAssertion.NULL_CHECK
                            : VerifierAssertion.ARGUMENT,
                    slot,
                    reg + " is " + value + ", not a socket");
        }
    }

    private void map(Helper helper, Reg reg, Value value) {
        for (Pointer pointer : value.pointers()) {
            if (pointer instanceof Pointer.MapObject object && !object.nullable()) {
                maps.add(object.map());
                if (!MapHelpers.takes(helper, object.map())) {
                    wrong(reg, value, "a map for " + helper.kernelName());
                }
            } else if (pointer.nullable()) {
                report.add(VerifierAssertion.NULL_CHECK, slot, reg + " may be null and is followed");
            } else {
                wrong(reg, value, "a map");
            }
        }
        if (value.unset() || !value.numbers().isEmpty()) {
            wrong(reg, value, "a map");
        }
    }

    private void ofMap(Reg reg, Value value, boolean key) {
        pointerAlone(reg, value);
        for (MapShape map : maps) {
            int bytes = key ? map.keySize() : map.valueSize();
            regionOf(reg, value, Numbers.of(bytes), false);
        }
    }

    private void pointerAlone(Reg reg, Value value) {
        if (value.unset() || !value.numbers().isEmpty()) {
            boolean nullOnly =
                    value.numbers().equals(Numbers.ZERO) && !value.pointers().isEmpty();
            report.add(
                    nullOnly ? VerifierAssertion.NULL_CHECK : VerifierAssertion.ARGUMENT,
                    slot,
                    reg + " is " + value + ", not an address");
        }
    }

    private void size(List<ArgumentType> types, int index) {
        memory(
                Reg.of(index),
                Reg.of(index + 1),
                types.get(index - 1) == ArgumentType.UNSET_MEMORY,
                types.get(index) == ArgumentType.SIZE_OR_ZERO);
    }

    private void region(Reg reg, Numbers size, boolean written) {
        regionOf(reg, state.get(reg), size, written);
    }

    private void regionOf(Reg reg, Value value, Numbers size, boolean written) {
        boolean single = value.pointers().size() == 1;
        for (Pointer pointer : value.pointers()) {
            if (pointer.nullable()) {
                report.add(VerifierAssertion.NULL_CHECK, slot, reg + " may be null and is followed");
            } else if (pointer instanceof Pointer.Frame frame) {
                stack(reg, frame.off(), size, written, single);
            } else if (!accesses.region(slot, pointer, 0, size.max(), written)) {
                wrong(reg, value, "memory");
            }
        }
    }

    private void stack(Reg reg, Numbers base, Numbers size, boolean written, boolean single) {
        int bytes = (int) size.max();
        if (bytes == 0) {
            return;
        }
        if (!base.isConstant()) {
            wrong(reg, Value.of(new Pointer.Frame(base)), "a constant place of the stack");
            return;
        }
        for (long at : base.constants()) {
            if (!Stack.holds(at, bytes)) {
                report.add(
                        VerifierAssertion.STACK_SIZE,
                        slot,
                        bytes + " bytes at r10 " + at + " are not within the frame");
            } else if (written && size.isSingle() && single && base.isSingle()) {
                // The kernel does not check bytes that such a helper overwrites (raw_mode in
                // check_stack_range_initialized).
                state.ownStack().write(at, bytes);
            } else if (state.stack().holdsPointer(at, bytes)) {
                report.add(VerifierAssertion.POINTER, slot, "a helper gets a pointer at r10 " + at);
            } else if (written && size.isConstant()) {
                state.ownStack().perhapsWrite(at, bytes);
            } else {
                boolean mayBeUnset = written && subject.kernel().atLeast(UNSET_STACK);
                if (!mayBeUnset && !state.stack().isWritten(at, bytes)) {
                    report.add(
                            VerifierAssertion.SET_STACK,
                            slot,
                            "a helper reads bytes at r10 " + at + " that are not set");
                }
                afterVariable(at, bytes, written, single && base.isSingle());
            }
        }
    }

    /**
     * Marks bytes that a helper may have written. From 6.3 on, nothing more is required of them.
     */
    private void afterVariable(long at, int bytes, boolean written, boolean certain) {
        if (written && certain) {
            state.ownStack().write(at, bytes);
        } else if (written) {
            state.ownStack().perhapsWrite(at, bytes);
        }
    }

    private void lock(Helper helper, Reg reg, Value value) {
        boolean placed = value.pointer()
                .filter(pointer -> pointer instanceof Pointer.MapValue at
                        && !at.nullable()
                        && at.id() != Pointer.NO_ID
                        && at.map().lock().isPresent()
                        && at.off().equals(Numbers.of(at.map().lock().getAsInt())))
                .isPresent();
        if (!placed) {
            wrong(reg, value, "a lock");
            return;
        }
        int id = value.pointers().get(0).id();
        boolean locks = helper == Helper.SPIN_LOCK;
        if (locks ? state.locked().isPresent() : !state.locked().equals(Optional.of(id))) {
            report.add(VerifierAssertion.RELEASE, slot, "a lock is taken twice, or another one is released");
        } else if (locks) {
            state.lock(id);
        } else {
            state.unlock();
        }
    }

    private void giveBack(Reg reg, Value value) {
        boolean whole = value.pointer()
                .filter(pointer -> pointer instanceof Pointer.Record rec
                        && !rec.nullable()
                        && rec.off().equals(Numbers.ZERO)
                        && state.reserved().contains(rec.id()))
                .isPresent();
        if (!whole) {
            wrong(reg, value, "the start of a record");
            return;
        }
        int id = value.pointers().get(0).id();
        state.release(id);
        state.replace(id, pointer -> new Pointer.Opaque());
    }

    private void recordSize(Reg reg, Value value) {
        if (value.isNumber() && value.numbers().isSingle() && value.numbers().within(0, MOST_SIZE - 1)) {
            recordSize = (int) value.numbers().min();
        } else {
            wrong(reg, value, "one constant size");
        }
    }
}
