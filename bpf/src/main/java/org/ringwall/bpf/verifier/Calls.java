// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.verifier;

import java.util.Optional;
import org.ringwall.bpf.flow.RegSet;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.HelperPrototype;
import org.ringwall.bpf.kernel.Kfunc;
import org.ringwall.bpf.kernel.PrivateField;

/** The checks of calls of helpers and kernel functions. */
final class Calls {
    /** The result of `bpf_cast_to_kern_ctx`. */
    private static final Pointer CONTEXT_STRUCT = new Pointer.KernelStruct(PrivateField.UADDR.struct(), 0);

    private final Subject subject;
    private final Report report;
    private final Accesses accesses;

    Calls(Subject subject, Report report, Accesses accesses) {
        this.subject = subject;
        this.report = report;
        this.accesses = accesses;
    }

    /** Checks a call of the helper with this number. */
    void helper(State state, int slot, int id) {
        Optional<Helper> helper = Helper.of(id).filter(known -> known.availableAt(subject.hook(), subject.kernel()));
        Optional<HelperPrototype> prototype = helper.flatMap(Helper::prototype);
        if (prototype.isEmpty()) {
            String why = helper.isPresent()
                    ? " has no prototype here"
                    : " is not there at " + subject.hook() + " on " + subject.kernel();
            report.add(VerifierAssertion.HELPER, slot, "helper " + id + why);
            after(state, Value.OPAQUE);
            return;
        }
        if (state.locked().isPresent() && helper.get() != Helper.SPIN_UNLOCK) {
            report.add(VerifierAssertion.RELEASE, slot, "calls " + helper.get().kernelName() + " under a lock");
        }
        Arguments arguments = new Arguments(subject, report, accesses, state, slot);
        arguments.check(helper.get(), prototype.get().arguments());
        after(state, result(state, slot, prototype.get().result(), arguments));
    }

    private Value result(State state, int slot, HelperPrototype.Result result, Arguments arguments) {
        return switch (result) {
            case VOID -> Value.UNSET;
            case INTEGER -> Value.UNKNOWN;
            case MAP_VALUE_OR_NULL -> found(state, slot, arguments);
            case RECORD_OR_NULL -> reserved(state, slot, arguments);
            case MPTCP_SOCK_OR_NULL -> socket(state, slot, "mptcp_sock");
            case TCP_SOCK_OR_NULL -> socket(state, slot, PrivateField.WRITE_SEQ.struct());
        };
    }

    /** Returns the result of a lookup. Earlier results of this call lose their id. */
    private static Value found(State state, int slot, Arguments arguments) {
        state.replace(slot, pointer -> new Pointer.Opaque());
        Value found = Value.NOTHING;
        for (MapShape map : arguments.maps()) {
            Pointer pointer = map.inner().isPresent()
                    ? new Pointer.MapObject(map.inner().get(), slot, true)
                    : new Pointer.MapValue(map, Numbers.ZERO, slot, true);
            found = Value.join(found, Value.of(pointer));
        }
        return found.equals(Value.NOTHING) ? Value.OPAQUE : found;
    }

    private static Value socket(State state, int slot, String struct) {
        state.replace(slot, pointer -> new Pointer.Opaque());
        return Value.of(new Pointer.Socket(slot, true, struct));
    }

    private Value reserved(State state, int slot, Arguments arguments) {
        if (state.reserved().contains(slot)) {
            report.add(VerifierAssertion.RELEASE, slot, "reserves a record again before it is given back");
            return Value.OPAQUE;
        }
        state.replace(slot, pointer -> new Pointer.Opaque());
        state.reserve(slot);
        return Value.of(new Pointer.Record(arguments.recordSize(), Numbers.ZERO, slot, true));
    }

    private static void after(State state, Value result) {
        for (Reg reg : RegSet.ARGUMENTS.list()) {
            state.set(reg, Value.UNSET);
        }
        state.set(Reg.R0, result);
    }

    /** Checks a call of a kernel function, which must be one that policies call. */
    void kfunc(State state, int slot) {
        Optional<Kfunc> function = Optional.ofNullable(subject.kfuncs().get(slot))
                .filter(known -> known.availableAt(subject.hook(), subject.kernel()));
        if (state.locked().isPresent()) {
            report.add(VerifierAssertion.RELEASE, slot, "calls a function of the kernel under a lock");
        }
        Value result = Value.UNKNOWN;
        if (function.equals(Optional.of(Kfunc.CAST_TO_KERN_CTX))) {
            result = cast(state, slot);
        } else if (function.equals(Optional.of(Kfunc.SOCK_ADDR_SET_SUN_PATH))) {
            setPath(state, slot);
        } else {
            report.add(
                    VerifierAssertion.HELPER,
                    slot,
                    "a function of the kernel that has no prototype here or is not there");
        }
        after(state, result);
    }

    /** Returns how many argument registers the kernel function called at this slot reads. */
    int arguments(int slot) {
        return Optional.ofNullable(subject.kfuncs().get(slot))
                .map(known -> known == Kfunc.CAST_TO_KERN_CTX ? 1 : 3)
                .orElse(0);
    }

    private Value cast(State state, int slot) {
        if (!state.get(Reg.R1).pointer().equals(Optional.of(new Pointer.Context(0)))) {
            report.add(VerifierAssertion.ARGUMENT, slot, "r1 is not the context");
        }
        return Value.of(CONTEXT_STRUCT);
    }

    private void setPath(State state, int slot) {
        if (!state.get(Reg.R1).pointer().equals(Optional.of(CONTEXT_STRUCT))) {
            report.add(VerifierAssertion.ARGUMENT, slot, "r1 is not the kernel's context");
        }
        new Arguments(subject, report, accesses, state, slot).memory(Reg.R2, Reg.R3, false, false);
    }
}
