// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.verifier;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.flow.RegSet;
import org.ringwall.bpf.flow.RegisterUse;
import org.ringwall.bpf.insn.Cpu;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnPrinter;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.HelperPrototype;
import org.ringwall.bpf.kernel.KernelVersion;

/** The requirements of one instruction on the state before it, and its effect on the state. */
final class Step implements Insn.Visitor<State> {
    private static final KernelVersion CPU_V4 = new KernelVersion(6, 6);

    /** The first kernel with atomic operations other than plain addition. */
    private static final KernelVersion FETCHING = new KernelVersion(5, 12);

    private final Subject subject;
    private final Report report;
    private final Accesses accesses;
    private final Calls calls;
    private final Arithmetic arithmetic;

    /** The registers that each instruction reads, as far as computed. */
    private final List<RegSet> reads;

    private State state = State.start();
    private int slot;

    Step(Subject subject, Report report) {
        this.subject = subject;
        this.report = report;
        this.accesses = new Accesses(subject, report);
        this.calls = new Calls(subject, report, accesses);
        this.arithmetic = new Arithmetic(report);
        this.reads = new ArrayList<>(Collections.nCopies(subject.insns().size(), RegSet.NONE));
    }

    /** Applies the instruction at this slot to the state. */
    void take(State before, int index, int at, Insn insn) {
        this.state = before;
        this.slot = at;
        if (Cpu.of(insn) == Cpu.V4 && !subject.kernel().atLeast(CPU_V4)) {
            unknown(insn);
        }
        int reads = reads(index, insn).bits();
        for (int rest = reads; rest != 0; rest &= rest - 1) {
            Reg reg = Reg.of(Integer.numberOfTrailingZeros(rest));
            if (state.get(reg).unset()) {
                report.add(
                        VerifierAssertion.SET_REGISTER,
                        slot,
                        "`%s` reads %s, which some path here does not set"
                                .formatted(InsnPrinter.plain().print(insn), reg));
            }
        }
        insn.accept(this);
    }

    private RegSet reads(int index, Insn insn) {
        if (reads.get(index) == RegSet.NONE) {
            reads.set(
                    index,
                    insn instanceof Insn.CallKfunc
                            ? RegSet.arguments(calls.arguments(slot))
                            : RegisterUse.of(insn, Step::arguments).reads());
        }
        return reads.get(index);
    }

    /** Returns how many registers the helper with this number reads. */
    static int arguments(int id) {
        return Helper.of(id)
                .flatMap(Helper::prototype)
                .map(HelperPrototype::arguments)
                .map(List::size)
                .orElse(0);
    }

    private State unknown(Insn insn) {
        report.add(
                VerifierAssertion.INSTRUCTION,
                slot,
                "`" + InsnPrinter.plain().print(insn) + "` is not for programs on " + subject.kernel());
        return state;
    }

    private State set(Reg reg, Value value) {
        state.set(reg, value);
        return state;
    }

    private Value operand(Operand operand) {
        return operand instanceof Operand.OfReg of
                ? state.get(of.reg())
                : Value.of(Numbers.of(((Operand.OfImm) operand).value()));
    }

    @Override
    public State alu(Insn.Alu insn) {
        return set(insn.dst(), arithmetic.compute(state, slot, insn, state.get(insn.dst()), operand(insn.src())));
    }

    @Override
    public State mov(Insn.Mov insn) {
        return set(insn.dst(), arithmetic.moved(slot, insn, operand(insn.src())));
    }

    @Override
    public State neg(Insn.Neg insn) {
        return set(insn.dst(), arithmetic.turned(slot, insn.dst(), state.get(insn.dst())));
    }

    @Override
    public State swap(Insn.Swap insn) {
        return set(insn.dst(), arithmetic.turned(slot, insn.dst(), state.get(insn.dst())));
    }

    @Override
    public State load(Insn.Load insn) {
        Value loaded =
                accesses.load(state, new Accesses.Place(slot, insn.src(), insn.off(), insn.width()), insn.signed());
        if (loaded.mentions(slot)) {
            state.replace(slot, pointer -> new Pointer.Opaque());
        }
        return set(insn.dst(), loaded);
    }

    @Override
    public State store(Insn.Store insn) {
        boolean immediate = insn.src() instanceof Operand.OfImm;
        accesses.store(
                state, new Accesses.Place(slot, insn.dst(), insn.off(), insn.width()), operand(insn.src()), immediate);
        return state;
    }

    @Override
    public State atomic(Insn.Atomic insn) {
        boolean plain = insn.op() == Insn.AtomicOp.ADD && !insn.fetch();
        boolean wide = insn.width() == Width.DW || insn.width() == Width.W;
        if (!wide || !plain && !subject.kernel().atLeast(FETCHING)) {
            unknown(insn);
        }
        if (!state.get(insn.src()).pointers().isEmpty()) {
            report.add(VerifierAssertion.POINTER, slot, "an atomic operation with a pointer");
        }
        accesses.atomic(state, new Accesses.Place(slot, insn.dst(), insn.off(), insn.width()));
        if (insn.op() == Insn.AtomicOp.CMPXCHG) {
            return set(Reg.R0, Value.UNKNOWN);
        }
        return insn.fetch() ? set(insn.src(), Value.UNKNOWN) : state;
    }

    @Override
    public State loadImm64(Insn.LoadImm64 insn) {
        Optional<Pointer> address = Optional.ofNullable(subject.addresses().get(slot));
        if (address.isEmpty() && insn.pseudo() != Insn.Pseudo.VALUE) {
            unknown(insn);
        }
        return set(insn.dst(), address.map(Value::of).orElseGet(() -> Value.of(Numbers.of(insn.value()))));
    }

    @Override
    public State loadPacket(Insn.LoadPacket insn) {
        unknown(insn);
        return set(Reg.R0, Value.UNKNOWN);
    }

    @Override
    public State jump(Insn.Jump insn) {
        return state;
    }

    @Override
    public State goTo(Insn.Goto insn) {
        return state;
    }

    @Override
    public State goToLong(Insn.GotoLong insn) {
        return state;
    }

    @Override
    public State callHelper(Insn.CallHelper insn) {
        calls.helper(state, slot, insn.id());
        return state;
    }

    @Override
    public State callLocal(Insn.CallLocal insn) {
        unknown(insn);
        return set(Reg.R0, Value.OPAQUE);
    }

    @Override
    public State callKfunc(Insn.CallKfunc insn) {
        calls.kfunc(state, slot);
        return state;
    }

    @Override
    public State exit(Insn.Exit insn) {
        Value answer = state.get(Reg.R0);
        boolean within = answer.isNumber()
                && subject.hook()
                        .returns(subject.kernel())
                        .contains(answer.numbers().min())
                && subject.hook()
                        .returns(subject.kernel())
                        .contains(answer.numbers().max());
        if (!within) {
            report.add(
                    VerifierAssertion.RETURN_RANGE,
                    slot,
                    "the answer may lie outside of " + subject.hook().returns(subject.kernel()));
        }
        if (state.locked().isPresent() || !state.reserved().isEmpty()) {
            report.add(VerifierAssertion.RELEASE, slot, "a lock or a record is not given back");
        }
        return state;
    }
}
