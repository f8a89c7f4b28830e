package org.ringwall.compiler.codegen;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.ringwall.bpf.flow.ControlFlowGraph;
import org.ringwall.bpf.flow.Finding;
import org.ringwall.bpf.flow.InsnChecker;
import org.ringwall.bpf.flow.RegisterUse;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;

/**
 * Finds where a program breaks a {@link Demand}: one walk, every block behind all that lead to it but for the ends of loops. What is
 * known before a loop of registers that are written in it is not known in it.
 */
public final class Demands {
    private static final int ALL_ARGUMENTS = 5;

    private final Hook hook;
    private final KernelVersion oldest;
    private final List<Insn> insns;
    private final List<Broken> broken = new ArrayList<>();
    private final Map<Integer, Map<Reg, Known>> arriving = new HashMap<>();

    /** Of each instruction how many slots may stand for it, if the kernel rewrites it. */
    private final int[] rewritten;

    /** Where on the stack the context lies meanwhile, as far as it was put there in the block at hand. */
    private final Set<Integer> spilled = new HashSet<>();

    /** A demand that the instruction at `slot` breaks. */
    public record Broken(Demand demand, int slot, String message) {
        @Override
        public String toString() {
            return "slot " + slot + ": " + message + " (" + demand.source() + ")";
        }
    }

    private Demands(Hook hook, KernelVersion oldest, List<Insn> insns) {
        this.hook = hook;
        this.oldest = oldest;
        this.insns = insns;
        this.rewritten = new int[insns.size()];
    }

    /** All that a program of this hook breaks, on the oldest kernel that must take it; nothing means fine. */
    public static List<Broken> check(Hook hook, KernelVersion oldest, List<Insn> insns) {
        List<Broken> broken = new ArrayList<>();
        for (Finding finding : InsnChecker.check(insns, Demands::arguments)) {
            broken.add(new Broken(Demand.of(finding.kind()), finding.slot(), finding.message()));
        }
        if (broken.stream().noneMatch(each -> each.demand() == Demand.JUMP_TARGET)) {
            Demands demands = new Demands(hook, oldest, insns);
            demands.walk(ControlFlowGraph.of(insns));
            broken.addAll(demands.broken);
        }
        return broken;
    }

    /** Of each instruction how many slots may stand for it, if the kernel rewrites it; else 0. */
    static int[] rewritten(Hook hook, List<Insn> insns) {
        Demands demands = new Demands(hook, KernelVersion.V5_10, insns);
        demands.walk(ControlFlowGraph.of(insns));
        return demands.rewritten;
    }

    /** How many registers the helper with this number reads; of one that we never call, none is looked at. */
    private static int arguments(int id) {
        return Helper.of(id).map(Demands::arguments).orElse(0);
    }

    private static int arguments(Helper helper) {
        return switch (helper) {
            case SYSCTL_GET_NAME, SKB_LOAD_BYTES, SK_STORAGE_GET, MAP_UPDATE_ELEM -> 4;
            case SYSCTL_GET_CURRENT_VALUE, SYSCTL_GET_NEW_VALUE, SYSCTL_SET_NEW_VALUE, PROBE_READ_KERNEL -> 3;
            case SETSOCKOPT -> ALL_ARGUMENTS;
            case RINGBUF_RESERVE -> 3;
            case GET_CURRENT_COMM, MAP_LOOKUP_ELEM, MAP_DELETE_ELEM, RINGBUF_SUBMIT -> 2;
            case SPIN_LOCK, SPIN_UNLOCK, SKC_TO_MPTCP_SOCK -> 1;
            case SET_RETVAL, GET_CURRENT_ANCESTOR_CGROUP_ID, GET_NETNS_COOKIE, GET_SOCKET_COOKIE -> 1;
            default -> 0;
        };
    }

    private void walk(ControlFlowGraph graph) {
        arriving.put(0, Map.of(Reg.R1, new Known.Context()));
        Loops loops = new Loops(graph);
        for (int number : graph.reversePostorder()) {
            ControlFlowGraph.Block block = graph.blocks().get(number);
            Map<Reg, Known> known = arriving.getOrDefault(block.slot(), Map.of());
            loops.endless(block, known).ifPresent(slot -> add(Demand.COUNTED_LOOPS, slot, "may go round for ever"));
            known = loops.lasting(block, known);
            spilled.clear();
            for (int i = block.first(); i < block.end(); i++) {
                rewritten[i] = rewritten(insns.get(i), known);
                known = step(graph.slot(i), insns.get(i), known);
            }
            int last = graph.slot(block.end() - 1);
            lead(last, insns.get(block.end() - 1), known);
        }
        for (Rewriting.Far far : Rewriting.jumps(insns, rewritten)) {
            add(Demand.JUMP_REACH, far.slot(), "may be " + far.distance() + " slots from its target");
        }
        int slots = insns.stream().mapToInt(Insn::slots).sum();
        if (slots > Demand.MOST_SLOTS) {
            add(Demand.SIZE, 0, slots + " slots are more than " + Demand.MOST_SLOTS);
        }
    }

    private int rewritten(Insn insn, Map<Reg, Known> known) {
        boolean access = insn instanceof Insn.Load load && known.get(load.src()) instanceof Known.Context
                || insn instanceof Insn.Store store && known.get(store.dst()) instanceof Known.Context;
        if (access) {
            return Rewriting.ofAccess(hook, insn);
        }
        return insn instanceof Insn.CallHelper call ? Rewriting.ofCall(call.id()) : 0;
    }

    private void add(Demand demand, int slot, String message) {
        broken.add(new Broken(demand, slot, message));
    }

    /** What is known behind the instruction, on whichever way. */
    private Map<Reg, Known> step(int slot, Insn insn, Map<Reg, Known> known) {
        if (insn instanceof Insn.Exit) {
            answer(slot, Optional.ofNullable(known.get(Reg.R0)));
        }
        access(slot, insn, known);
        spill(insn, known);
        if (insn instanceof Insn.CallHelper call && !available(call.id())) {
            add(Demand.HELPER, slot, "helper " + call.id() + " is not there at " + hook + " on " + oldest);
        }
        return after(insn, known);
    }

    /** Of the stack, what is written over no longer holds the context. */
    private void spill(Insn insn, Map<Reg, Known> known) {
        if (insn instanceof Insn.Store store && store.dst() == Reg.R10) {
            spilled.removeIf(at -> at < store.off() + store.width().bytes() && store.off() < at + Width.DW.bytes());
            boolean context = store.width() == Width.DW
                    && store.src() instanceof Operand.OfReg from
                    && known.get(from.reg()) instanceof Known.Context;
            if (context) {
                spilled.add((int) store.off());
            }
        }
    }

    private boolean available(int id) {
        return Helper.of(id).filter(helper -> helper.availableAt(hook, oldest)).isPresent();
    }

    /** Tells those that come behind the last instruction of a block. */
    private void lead(int slot, Insn last, Map<Reg, Known> known) {
        if (last instanceof Insn.Goto jump) {
            arrive(slot + 1 + jump.off(), known);
        } else if (last instanceof Insn.GotoLong jump) {
            arrive(slot + 1 + jump.off(), known);
        } else if (last instanceof Insn.Jump jump) {
            arrive(slot + 1 + jump.off(), compared(jump, true, known));
            arrive(slot + 1, compared(jump, false, known));
        } else if (!(last instanceof Insn.Exit)) {
            arrive(slot + last.slots(), known);
        }
    }

    private void arrive(int slot, Map<Reg, Known> known) {
        arriving.merge(slot, known, Known::meet);
    }

    /** A comparison tells which number is equal, and with 0, of what may be null, whether it is. */
    private static Map<Reg, Known> compared(Insn.Jump jump, boolean taken, Map<Reg, Known> known) {
        boolean equality = jump.op() == Insn.JumpOp.EQ || jump.op() == Insn.JumpOp.NE;
        if (!equality || jump.width() != Width.DW || !(jump.src() instanceof Operand.OfImm imm) || imm.value() < 0) {
            return known;
        }
        boolean equal = taken == (jump.op() == Insn.JumpOp.EQ);
        boolean pointer = known.get(jump.dst()) instanceof Known.MaybeNull;
        Map<Reg, Known> told = new EnumMap<>(Reg.class);
        told.putAll(known);
        if (pointer && imm.value() == 0) {
            told.replaceAll((reg, value) -> equal && value instanceof Known.MaybeNull ? Known.Number.of(0) : value);
            told.values().removeIf(value -> !equal && value instanceof Known.MaybeNull);
        } else if (equal && !pointer) {
            told.put(jump.dst(), Known.Number.of(imm.value()));
        }
        return told;
    }

    private void answer(int slot, Optional<Known> answer) {
        boolean within = answer.filter(known -> known instanceof Known.Number number
                        && hook.returns(oldest).contains(number.min())
                        && hook.returns(oldest).contains(number.max()))
                .isPresent();
        if (!within) {
            add(Demand.RETURN_RANGE, slot, "the answer may lie outside of " + hook.returns(oldest));
        }
    }

    private void access(int slot, Insn insn, Map<Reg, Known> known) {
        if (insn instanceof Insn.Load load) {
            if (known.get(load.src()) instanceof Known.Context && !hook.mayRead(load.off(), load.width())) {
                add(Demand.CONTEXT_ACCESS, slot, hook + " must not read " + load.width() + " at " + load.off());
            }
            follow(slot, Optional.ofNullable(known.get(load.src())));
        } else if (insn instanceof Insn.Store store) {
            if (known.get(store.dst()) instanceof Known.Context && !hook.mayWrite(store.off(), store.width())) {
                add(Demand.CONTEXT_ACCESS, slot, hook + " must not write " + store.width() + " at " + store.off());
            }
            follow(slot, Optional.ofNullable(known.get(store.dst())));
        }
    }

    private void follow(int slot, Optional<Known> base) {
        if (base.filter(Known.MaybeNull.class::isInstance).isPresent()) {
            add(Demand.NULL_CHECK, slot, "follows what may be null");
        }
    }

    private Map<Reg, Known> after(Insn insn, Map<Reg, Known> known) {
        List<Reg> written = RegisterUse.of(insn, id -> ALL_ARGUMENTS).writes().list();
        Optional<Map.Entry<Reg, Known>> made = made(insn, known);
        if (made.isEmpty() && written.stream().noneMatch(known::containsKey)) {
            return known;
        }
        Map<Reg, Known> after = new EnumMap<>(Reg.class);
        after.putAll(known);
        written.forEach(after::remove);
        made.ifPresent(entry -> after.put(entry.getKey(), entry.getValue()));
        return after;
    }

    private Optional<Map.Entry<Reg, Known>> made(Insn insn, Map<Reg, Known> known) {
        if (insn instanceof Insn.Mov mov) {
            return moved(mov, known).map(value -> Map.entry(mov.dst(), value));
        } else if (insn instanceof Insn.Alu alu) {
            return Known.computed(alu, Optional.ofNullable(known.get(alu.dst())))
                    .map(value -> Map.entry(alu.dst(), value));
        } else if (insn instanceof Insn.Load load && load.src() == Reg.R10) {
            boolean context = load.width() == Width.DW && spilled.contains((int) load.off());
            return context ? Optional.of(Map.entry(load.dst(), new Known.Context())) : Optional.empty();
        } else if (insn instanceof Insn.Load load && known.get(load.src()) instanceof Known.Context) {
            return socket(load.off()) ? Optional.of(Map.entry(load.dst(), new Known.MaybeNull())) : Optional.empty();
        } else if (insn instanceof Insn.CallHelper call) {
            return Helper.of(call.id())
                    .filter(Demands::mayGiveNull)
                    .map(helper -> Map.entry(Reg.R0, new Known.MaybeNull()));
        }
        return Optional.empty();
    }

    private static Optional<Known> moved(Insn.Mov mov, Map<Reg, Known> known) {
        if (mov.width() != Width.DW || mov.from() != Width.DW) {
            return Optional.empty();
        } else if (mov.src() instanceof Operand.OfReg from) {
            return Optional.ofNullable(known.get(from.reg()));
        }
        int number = ((Operand.OfImm) mov.src()).value();
        return number < 0 ? Optional.empty() : Optional.of(Known.Number.of(number));
    }

    /** The contexts whose `sk` may be null: is_valid_access of cgroup_skb and sock_ops in net/core/filter.c. */
    private boolean socket(int offset) {
        boolean mayLack = hook.context() == ContextStruct.SK_BUFF || hook.context() == ContextStruct.SOCK_OPS;
        OptionalInt at = hook.context()
                .field("sk")
                .map(field -> OptionalInt.of(field.offset()))
                .orElse(OptionalInt.empty());
        return mayLack && at.isPresent() && at.getAsInt() == offset;
    }

    /** RET_PTR_TO_…_OR_NULL in the prototypes of helpers. */
    private static boolean mayGiveNull(Helper helper) {
        return switch (helper) {
            case SK_STORAGE_GET,
                    MAP_LOOKUP_ELEM,
                    RINGBUF_RESERVE,
                    SK_FULLSOCK,
                    SKC_TO_MPTCP_SOCK,
                    MAP_LOOKUP_PERCPU_ELEM,
                    TASK_STORAGE_GET -> true;
            default -> false;
        };
    }
}
