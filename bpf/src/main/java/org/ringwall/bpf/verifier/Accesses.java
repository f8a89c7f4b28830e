// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.verifier;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.PrivateField;
import org.ringwall.bpf.kernel.ProgramType;

/** The checks of loads and stores, and their effects on the state. */
final class Accesses {
    /** The first kernel with variable offsets into the stack, check_stack_write_var_off. */
    private static final KernelVersion VARIABLE_STACK = new KernelVersion(5, 12);

    /**
     * The range of `type` to `priority` in a `struct bpf_sock`, which
     * bpf_sock_common_is_valid_access hides.
     */
    private static final int FULL_SOCKET_FROM = 8;

    private static final int FULL_SOCKET_TO = 24;

    private final Subject subject;
    private final Report report;
    private final StackAccesses stack;
    private final Map<ContextRead, Boolean> reads = new HashMap<>();
    private final Map<Integer, Optional<ContextField>> pointers = new HashMap<>();

    Accesses(Subject subject, Report report) {
        this.subject = subject;
        this.report = report;
        this.stack = new StackAccesses(subject.kernel().atLeast(VARIABLE_STACK), report);
    }

    /** One load or store: `width` bytes at `base + off`. */
    record Place(int slot, Reg base, short off, Width width) {
        int bytes() {
            return width.bytes();
        }
    }

    /** Returns the value that a load yields. */
    Value load(State state, Place place, boolean signed) {
        Value result = Value.NOTHING;
        Value base = state.get(place.base());
        onlyPointers(place, base);
        for (Pointer pointer : base.pointers()) {
            present(place, pointer);
            result = Value.join(result, loadFrom(state, place, pointer, signed));
        }
        return result.equals(Value.NOTHING) || signed ? unlessPointer(result) : result;
    }

    private static Value unlessPointer(Value loaded) {
        return loaded.pointers().isEmpty() ? Value.UNKNOWN : Value.OPAQUE;
    }

    private void onlyPointers(Place place, Value base) {
        if (base.numbers().isEmpty()) {
            return;
        }
        boolean nullOnly =
                base.numbers().equals(Numbers.ZERO) && !base.pointers().isEmpty();
        report.add(
                nullOnly ? VerifierAssertion.NULL_CHECK : VerifierAssertion.POINTER,
                place.slot(),
                place.base() + " may be " + base + ", which is followed");
    }

    private void present(Place place, Pointer pointer) {
        if (pointer.nullable()) {
            report.add(VerifierAssertion.NULL_CHECK, place.slot(), place.base() + " may be null and is followed");
        }
    }

    private Value loadFrom(State state, Place place, Pointer pointer, boolean signed) {
        if (pointer instanceof Pointer.Context context) {
            return loadContext(place, context, signed);
        } else if (pointer instanceof Pointer.Frame frame) {
            return stack.load(state.stack(), place, frame.off());
        } else if (pointer instanceof Pointer.Socket socket && !socket.typed() && !signed && mayReadSocket(place)) {
            return Value.of(Numbers.ofBytes(place.bytes()));
        } else if (pointer instanceof Pointer.KernelStruct struct && !signed) {
            return loadKernel(place, struct);
        }
        memory(place, pointer, false);
        return Value.of(Numbers.ofBytes(place.bytes()));
    }

    private Value loadContext(Place place, Pointer.Context context, boolean signed) {
        unchanged(place, context);
        ContextRead read = new ContextRead(place.off(), place.width(), signed);
        if (!reads.computeIfAbsent(read, this::mayRead)) {
            report.add(
                    VerifierAssertion.CONTEXT_ACCESS,
                    place.slot(),
                    subject.hook() + " must not read " + place.width() + " at " + place.off());
            return Value.UNKNOWN;
        }
        return pointers.computeIfAbsent((int) place.off(), off -> ContextPointers.field(subject.hook(), off))
                .map(field -> Value.of(ContextPointers.pointer(subject.hook(), field, place.slot())))
                .orElseGet(() -> Value.of(Numbers.ofBytes(place.bytes())));
    }

    /** A load from the context. */
    private record ContextRead(short off, Width width, boolean signed) {}

    private boolean mayRead(ContextRead read) {
        return read.signed()
                ? subject.hook().mayReadSigned(read.off(), read.width(), subject.kernel())
                : subject.hook().mayRead(read.off(), read.width(), subject.kernel());
    }

    private void unchanged(Place place, Pointer.Context context) {
        if (context.off() != 0) {
            report.add(
                    VerifierAssertion.UNCHANGED_CONTEXT,
                    place.slot(),
                    "accesses the context through a changed pointer");
        }
    }

    /**
     * Returns whether check_sock_access permits a read of a PTR_TO_SOCK_COMMON, the socket type
     * with the fewest fields. Only whole words are permitted.
     */
    private boolean mayReadSocket(Place place) {
        boolean common = place.off() < FULL_SOCKET_FROM || place.off() >= FULL_SOCKET_TO;
        return common
                && place.width() == Width.W
                && ContextStruct.SOCK.fields().stream()
                        .filter(this::known)
                        .anyMatch(field -> field.admitsRead(place.off(), Width.W));
    }

    private boolean known(ContextField field) {
        return subject.kernel().atLeast(field.since());
    }

    private Value loadKernel(Place place, Pointer.KernelStruct struct) {
        long at = struct.off() + place.off();
        // Every socket's struct begins with a sock_common.
        Optional<PrivateField> field = PrivateField.at(struct.name(), at, place.bytes())
                .or(() -> struct.ofSocket()
                        ? PrivateField.at(PrivateField.SOCKET_STATE.struct(), at, place.bytes())
                        : Optional.empty());
        if (field.isEmpty()) {
            report.add(
                    VerifierAssertion.BOUNDS,
                    place.slot(),
                    "`struct " + struct.name() + "` has no known field of these bytes at " + at);
        }
        return field.filter(PrivateField::isPointer).isPresent()
                ? Value.of(new Pointer.KernelMemory())
                : Value.of(Numbers.ofBytes(place.bytes()));
    }

    /** Stores a value. `immediate` is true if the instruction contains it. */
    void store(State state, Place place, Value stored, boolean immediate) {
        Value base = state.get(place.base());
        onlyPointers(place, base);
        boolean single = base.pointers().size() == 1;
        for (Pointer pointer : base.pointers()) {
            present(place, pointer);
            if (pointer instanceof Pointer.Frame frame) {
                // Of immediates, kernels before 6.3 track only 0 (STACK_ZERO).
                boolean known = !immediate || stored.numbers().equals(Numbers.ZERO);
                stack.store(state, place, frame.off(), known ? stored : Value.UNKNOWN, single);
                continue;
            }
            if (!stored.pointers().isEmpty()) {
                report.add(VerifierAssertion.POINTER, place.slot(), "stores a pointer elsewhere than on the stack");
            }
            if (pointer instanceof Pointer.Context context) {
                storeContext(place, context, immediate);
            } else {
                memory(place, pointer, true);
            }
        }
    }

    private void storeContext(Place place, Pointer.Context context, boolean immediate) {
        unchanged(place, context);
        boolean allowed = immediate
                ? subject.hook().mayWriteImmediate(place.off(), place.width(), subject.kernel())
                : subject.hook().mayWrite(place.off(), place.width(), subject.kernel());
        if (!allowed) {
            report.add(
                    VerifierAssertion.CONTEXT_ACCESS,
                    place.slot(),
                    subject.hook() + " must not write " + place.width() + " at " + place.off());
        }
    }

    /** Checks an atomic operation, which is permitted only on the stack and on values of maps. */
    void atomic(State state, Place place) {
        Value base = state.get(place.base());
        onlyPointers(place, base);
        boolean single = base.pointers().size() == 1;
        for (Pointer pointer : base.pointers()) {
            present(place, pointer);
            if (pointer instanceof Pointer.Frame frame) {
                if (!stack.load(state.stack(), place, frame.off()).pointers().isEmpty()) {
                    report.add(VerifierAssertion.POINTER, place.slot(), "an atomic operation on a pointer");
                }
                stack.store(state, place, frame.off(), Value.UNKNOWN, single);
                continue;
            }
            boolean aligned = pointer instanceof Pointer.MapValue value
                    && value.off().aligned(place.bytes())
                    && place.off() % place.bytes() == 0;
            if (!aligned) {
                report.add(VerifierAssertion.POINTER, place.slot(), "an atomic operation on " + pointer);
            }
            memory(place, pointer, true);
        }
    }

    /** Checks an access to the value of a map, a record or a packet; reports any other pointer. */
    private void memory(Place place, Pointer pointer, boolean write) {
        if (pointer instanceof Pointer.Packet packet) {
            int at = packet.off() + place.off();
            if (at < 0 || at + place.bytes() > packet.range()) {
                report.add(
                        VerifierAssertion.BOUNDS,
                        place.slot(),
                        place.bytes() + " bytes at " + at + " may not be in the packet");
            }
            if (write && subject.hook().programType() != ProgramType.CGROUP_SOCKOPT) {
                report.add(VerifierAssertion.POINTER, place.slot(), "writes a packet");
            }
        } else if (!region(place.slot(), pointer, place.off(), place.bytes(), write)) {
            report.add(VerifierAssertion.POINTER, place.slot(), "follows " + pointer);
        }
    }

    /**
     * Checks an access to the value of a map or to a record. Returns false if the pointer points to
     * neither.
     */
    boolean region(int slot, Pointer pointer, long off, long bytes, boolean write) {
        if (pointer instanceof Pointer.MapValue value) {
            bounds(slot, value.off(), off, bytes, value.map().valueSize());
            if (value.map().touchesLock(value.off().min() + off, value.off().max() + off + bytes)) {
                report.add(
                        VerifierAssertion.BOUNDS,
                        slot,
                        "touches the lock of `" + value.map().name() + "`");
            }
            if (write && value.map().readOnly()) {
                report.add(
                        VerifierAssertion.POINTER,
                        slot,
                        "writes `" + value.map().name() + "`, which is read-only");
            }
            return true;
        } else if (pointer instanceof Pointer.Record rec) {
            bounds(slot, rec.off(), off, bytes, rec.size());
            return true;
        }
        return false;
    }

    private void bounds(int slot, Numbers at, long off, long bytes, int size) {
        boolean sane = at.within(-Arithmetic.MOST_OFFSET, Arithmetic.MOST_OFFSET);
        if (!sane || at.min() + off < 0 || at.max() + off + bytes > size) {
            report.add(
                    VerifierAssertion.BOUNDS,
                    slot,
                    bytes + " bytes at " + at + " + " + off + " may not be within " + size);
        }
    }
}
