// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.insn.Cpu;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.machine.map.BpfMap;

/** A run. Each visit executes one instruction and returns the next slot. */
final class Execution implements Insn.Visitor<Integer> {
    private static final KernelVersion CPU_V4 = new KernelVersion(6, 6);
    private static final KernelVersion FETCHING_ATOMICS = new KernelVersion(5, 12);
    /**
     * The first kernel with `BPF_ST` to a context, which `convert_ctx_accesses` did not handle
     * before.
     */
    private static final KernelVersion CONTEXT_IMMEDIATES = new KernelVersion(6, 4);
    /** MAX_CALL_FRAMES of include/linux/bpf_verifier.h. */
    private static final int MAX_FRAMES = 8;

    private final Memory memory;
    private final LoadedProgram program;
    private final Code code;
    private final Hook hook;
    private final Environment environment;
    private final Pointers pointers = new Pointers();
    private final ContextRegion context;
    private final Map<String, Region> regions = new HashMap<>();
    private final Held held;
    private final Storages storages;
    private final MapHelpers maps;
    private final Helpers helpers;
    private final Kfuncs kfuncs;
    private final KernelMemory kernel;
    private Frame frame;
    private int slot;
    private int executed;
    private boolean exited;
    private Optional<Outcome> outcome = Optional.empty();

    Execution(LoadedProgram program, Hook hook, Context input, Environment environment) {
        this.memory = new Memory(input.order());
        this.program = program;
        this.code = new Code(program.insns());
        this.hook = hook;
        this.environment = environment;
        this.context = new ContextRegion(memory, hook, environment, input, pointers);
        this.kernel = new KernelMemory(memory, environment.address());
        this.held = new Held(environment.kernel());
        this.storages = new Storages(environment, program);
        this.maps = new MapHelpers(memory, hook, environment, context, pointers, held, storages.own());
        RingHelpers rings = new RingHelpers(memory, pointers, held);
        this.helpers = new Helpers(hook, environment, context, kernel, pointers, maps, rings, held);
        this.kfuncs = new Kfuncs(hook, environment, context, kernel, pointers);
        this.frame = Frame.main(Value.to(context, 0), memory);
        program.symbols().forEach((name, symbol) -> regions.put(name, region(symbol)));
    }

    private Region region(Symbol symbol) {
        if (symbol instanceof Segment segment) {
            return segment.region(memory);
        }
        BpfMap map = ((MapSymbol) symbol).map();
        if (map.host().order() != memory.order()
                || environment.cpu() >= map.host().cpus()) {
            throw new IllegalArgumentException("map `%s` is on a host that is %s, not on one with CPU %d that is %s"
                    .formatted(symbol.name(), map.host(), environment.cpu(), memory.order()));
        }
        return new OpaqueRegion(symbol.name(), Optional.of(map));
    }

    /** Runs to the end; waiting for another run is a trap. */
    Outcome run() {
        while (true) {
            switch (step()) {
                case RAN -> {}
                case WAITS -> outcome = Optional.of(trapped("the lock is held by a run that has not ended"));
                case ENDED -> {
                    return outcome.orElseThrow();
                }
            }
        }
    }

    Optional<Outcome> outcome() {
        return outcome;
    }

    int slot() {
        return slot;
    }

    /** Executes one instruction. */
    Run.Step step() {
        if (outcome.isPresent()) {
            return Run.Step.ENDED;
        }
        try {
            if (executed >= environment.budget()) {
                throw new TrapException("more than " + environment.budget() + " instructions");
            }
            check(slot);
            executed++;
            Insn insn = code.at(slot);
            known(insn);
            if (insn instanceof Insn.CallHelper call && maps.waits(helpers.helper(call.id()), frame)) {
                executed--;
                return Run.Step.WAITS;
            }
            int next = insn.accept(this);
            if (exited) {
                outcome = Optional.of(returned());
                return Run.Step.ENDED;
            }
            check(next);
            slot = next;
            return Run.Step.RAN;
        } catch (TrapException trap) {
            outcome = Optional.of(trapped(trap.reason()));
            return Run.Step.ENDED;
        }
    }

    private Outcome.Trap trapped(String reason) {
        return new Outcome.Trap(slot, code.line(slot), reason, helpers.calls(), executed);
    }

    private void check(int next) {
        if (!code.startsAt(next)) {
            throw new TrapException("no instruction at slot " + next);
        }
    }

    /**
     * Traps instructions that the kernel does not know: `bpf_opcode_in_insntable` and the
     * verifier's reserved fields.
     */
    private void known(Insn insn) {
        boolean old = !environment.kernel().atLeast(CPU_V4) && Cpu.of(insn) == Cpu.V4;
        boolean atomic = insn instanceof Insn.Atomic && Cpu.of(insn) == Cpu.V3;
        if (old || atomic && !environment.kernel().atLeast(FETCHING_ATOMICS)) {
            throw new TrapException("unknown to kernel " + environment.kernel());
        }
    }

    private Outcome returned() {
        long r0 = scalar(Reg.R0);
        if (!hook.returns(environment.kernel()).contains(r0)) {
            throw new TrapException("At program exit the register R0 has value %d should have been in %s"
                    .formatted(r0, hook.returns(environment.kernel())));
        }
        Map<String, Segment> segments = new HashMap<>();
        regions.forEach((name, region) -> {
            if (region instanceof DataRegion data && program.symbols().get(name) instanceof Segment before) {
                segments.put(name, before.after(data));
            }
        });
        return new Outcome.Returned(
                (int) r0,
                helpers.retval(),
                context.after(),
                kernel.address(),
                segments,
                storages.stored(),
                helpers.done(),
                helpers.calls(),
                executed);
    }

    @Override
    public Integer alu(Insn.Alu insn) {
        Value left = frame.read(insn.dst());
        Value right = operand(insn.src());
        if (left instanceof Value.Scalar a && right instanceof Value.Scalar b) {
            immediate(insn);
            boolean constant = frame.constant(insn.dst()) && frame.constant(insn.src());
            long result = Arithmetic.alu(insn.op(), insn.width(), a.bits(), b.bits());
            frame.write(insn.dst(), new Value.Scalar(result), constant);
        } else {
            frame.write(insn.dst(), pointers.move(insn, left, right));
        }
        return slot + 1;
    }

    /** Traps immediates that `check_alu_op` rejects, because processors differ for them. */
    private static void immediate(Insn.Alu insn) {
        if (!(insn.src() instanceof Operand.OfImm imm)) {
            return;
        }
        int value = imm.value();
        switch (insn.op()) {
            case DIV, MOD, SDIV, SMOD -> {
                if (value == 0) {
                    throw new TrapException("div by zero");
                }
            }
            case LSH, RSH, ARSH -> {
                if (value < 0 || value >= insn.width().bits()) {
                    throw new TrapException("invalid shift " + value);
                }
            }
            case ADD, SUB, MUL, OR, AND, XOR -> {}
        }
    }

    @Override
    public Integer mov(Insn.Mov insn) {
        Value value = operand(insn.src());
        if (value instanceof Value.Scalar scalar) {
            value = new Value.Scalar(Arithmetic.move(insn.width(), insn.from(), scalar.bits()));
        } else if (insn.width() != Width.DW || insn.from() != Width.DW) {
            throw new TrapException("partial copy of pointer " + value);
        }
        frame.write(insn.dst(), value, value instanceof Value.Scalar && frame.constant(insn.src()));
        return slot + 1;
    }

    @Override
    public Integer neg(Insn.Neg insn) {
        long result = Arithmetic.negate(insn.width(), scalar(insn.dst()));
        frame.write(insn.dst(), new Value.Scalar(result), frame.constant(insn.dst()));
        return slot + 1;
    }

    @Override
    public Integer swap(Insn.Swap insn) {
        frame.write(
                insn.dst(),
                new Value.Scalar(Arithmetic.swap(insn.op(), insn.width(), memory.big(), scalar(insn.dst()))));
        return slot + 1;
    }

    @Override
    public Integer load(Insn.Load insn) {
        Value.Pointer base = pointers.usable(frame.read(insn.src()));
        Value value = base.region().load(base.offset() + insn.off(), insn.width());
        if (insn.signed()) {
            if (!(value instanceof Value.Scalar scalar)) {
                throw new TrapException("sign-extending load of pointer " + value);
            }
            value = new Value.Scalar(Arithmetic.signExtend(insn.width(), scalar.bits()));
        }
        frame.write(insn.dst(), value);
        return slot + 1;
    }

    @Override
    public Integer store(Insn.Store insn) {
        Value.Pointer base = pointers.usable(frame.read(insn.dst()));
        Value value = operand(insn.src());
        boolean immediate = insn.src() instanceof Operand.OfImm;
        if (immediate
                && base.region() instanceof ContextRegion
                && !environment.kernel().atLeast(CONTEXT_IMMEDIATES)) {
            throw new TrapException("BPF_ST stores into ctx is not allowed on " + environment.kernel());
        }
        base.region().store(base.offset() + insn.off(), insn.width(), value);
        return slot + 1;
    }

    @Override
    public Integer atomic(Insn.Atomic insn) {
        Value.Pointer base = pointers.usable(frame.read(insn.dst()));
        if (!base.region().plain()) {
            throw new TrapException("BPF_ATOMIC stores into " + base + " is not allowed");
        }
        long at = base.offset() + insn.off();
        long operand = scalar(insn.src());
        if (!(base.region().load(at, insn.width()) instanceof Value.Scalar old)) {
            throw new TrapException("atomic operation on a spilled pointer, off=" + at);
        }
        boolean exchange = insn.op() == Insn.AtomicOp.CMPXCHG;
        boolean expected = exchange && Arithmetic.holds(Insn.JumpOp.EQ, insn.width(), scalar(Reg.R0), old.bits());
        long result = Arithmetic.atomic(insn.op(), old.bits(), operand, expected);
        base.region().store(at, insn.width(), new Value.Scalar(result));
        if (insn.fetch()) {
            frame.write(exchange ? Reg.R0 : insn.src(), old);
        }
        return slot + 1;
    }

    @Override
    public Integer loadImm64(Insn.LoadImm64 insn) {
        Address address = program.addresses().get(slot);
        if (address != null) {
            frame.write(insn.dst(), resolve(address));
        } else if (insn.pseudo() == Insn.Pseudo.VALUE) {
            frame.write(insn.dst(), new Value.Scalar(insn.value()), true);
        } else {
            throw new TrapException("no symbol stands behind this address");
        }
        return slot + 2;
    }

    private Value resolve(Address address) {
        Region region = regions.get(address.symbol());
        if (region == null) {
            throw new IllegalStateException("no region `" + address.symbol() + "`");
        }
        if (!region.movable() && address.addend() != 0) {
            throw new TrapException("an address inside map " + address.symbol());
        }
        return Value.to(region, address.addend());
    }

    @Override
    public Integer loadPacket(Insn.LoadPacket insn) {
        throw new TrapException("packet loads are not modelled");
    }

    @Override
    public Integer jump(Insn.Jump insn) {
        Value left = frame.read(insn.dst());
        Value right = operand(insn.src());
        boolean taken = left instanceof Value.Scalar a && right instanceof Value.Scalar b
                ? Arithmetic.holds(insn.op(), insn.width(), a.bits(), b.bits())
                : pointers.holds(insn, left, right);
        boolean equal = taken ? insn.op() == Insn.JumpOp.EQ : insn.op() == Insn.JumpOp.NE;
        if (equal && insn.width() == Width.DW && left instanceof Value.Scalar && frame.constant(insn.src())) {
            frame.learn(insn.dst());
        }
        return taken ? slot + 1 + insn.off() : slot + 1;
    }

    @Override
    public Integer goTo(Insn.Goto insn) {
        return slot + 1 + insn.off();
    }

    @Override
    public Integer goToLong(Insn.GotoLong insn) {
        return slot + 1 + insn.off();
    }

    @Override
    public Integer callHelper(Insn.CallHelper insn) {
        Optional<Value> result = helpers.call(slot, helpers.helper(insn.id()), frame);
        frame.loseCallerSaved();
        result.ifPresent(value -> frame.write(Reg.R0, value));
        return slot + 1;
    }

    @Override
    public Integer callLocal(Insn.CallLocal insn) {
        held.beforeFunction(false);
        if (frame.depth() == MAX_FRAMES) {
            throw new TrapException("the call stack of " + MAX_FRAMES + " frames is too deep");
        }
        frame = frame.call(slot + 1);
        return slot + 1 + insn.off();
    }

    @Override
    public Integer callKfunc(Insn.CallKfunc insn) {
        String name = program.kfuncs().get(slot);
        if (name == null) {
            throw new TrapException("no name stands behind this call of the kernel");
        }
        held.beforeFunction(true);
        Value result = kfuncs.call(name, frame);
        frame.loseCallerSaved();
        frame.write(Reg.R0, result);
        return slot + 1;
    }

    @Override
    public Integer exit(Insn.Exit insn) {
        held.beforeExit(frame.caller().isEmpty());
        Value result = frame.read(Reg.R0);
        if (frame.caller().isEmpty()) {
            exited = true;
            return slot;
        }
        if (result instanceof Value.Pointer pointer && pointer.region() instanceof StackRegion) {
            throw new TrapException("cannot return stack pointer to the caller");
        }
        int next = frame.returnSlot();
        boolean constant = frame.constant(Reg.R0);
        frame = frame.caller().orElseThrow();
        frame.write(Reg.R0, result, constant);
        return next;
    }

    private Value operand(Operand operand) {
        if (operand instanceof Operand.OfReg reg) {
            return frame.read(reg.reg());
        }
        if (operand instanceof Operand.OfImm imm) {
            return new Value.Scalar(imm.value());
        }
        throw new IllegalStateException("an unknown operand " + operand);
    }

    private long scalar(Reg reg) {
        return Pointers.scalar(reg.toString(), frame.read(reg));
    }
}
