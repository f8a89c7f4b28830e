// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.verifier;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import org.ringwall.bpf.flow.ControlFlowGraph;
import org.ringwall.bpf.flow.ControlFlowGraph.Block;
import org.ringwall.bpf.flow.Finding;
import org.ringwall.bpf.flow.Liveness;
import org.ringwall.bpf.flow.RegSet;
import org.ringwall.bpf.flow.StructureCheck;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.ProgramType;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.ProgramSpec;

/**
 * An abstract interpreter that checks a program against all {@link VerifierAssertion}s.
 *
 * <p>Paths that meet in a block are joined if they agree in the constants of the loops around it,
 * in what must be released, and in which tested values are 0; each block is walked once for each
 * such key. If that reports violations, the program is checked again, and paths are joined only if
 * they agree in the contents of registers and stack, as in the kernel. Packet programs are only
 * checked in this way. In both cases everything that the kernel rejects is found.
 */
public final class Verifier {
    private static final int MOST_STATES = 16 * 1024;

    private final Subject subject;
    private final Report report = new Report();
    private final ControlFlowGraph graph;
    private final int[] place;
    private final CountedLoops loops;
    private final Step step;
    private final Branches branches = new Branches(report);
    private final AccessKinds kinds;
    private final List<Map<State.Key, State>> waiting;
    private final PriorityQueue<Integer> places = new PriorityQueue<>();
    private final List<Integer> order;
    private final Optional<Liveness> live;
    private final FrameLiveness frame;
    private long walked;

    /**
     * Creates a verifier.
     *
     * @param fine whether paths are joined only if they agree in the contents of registers and
     *     stack
     */
    private Verifier(Subject subject, ControlFlowGraph graph, boolean fine) {
        this.subject = subject;
        this.graph = graph;
        this.order = Order.of(graph);
        this.frame = new FrameLiveness(graph, order);
        this.live = fine ? Optional.of(Liveness.of(graph, Step::arguments)) : Optional.empty();
        this.place = new int[graph.blocks().size()];
        Arrays.fill(place, -1);
        for (int i = 0; i < order.size(); i++) {
            place[order.get(i)] = i;
        }
        this.loops = new CountedLoops(graph, place);
        this.step = new Step(subject, report);
        this.kinds = new AccessKinds(subject.insns().size(), report);
        this.waiting = new ArrayList<>();
        graph.blocks().forEach(block -> waiting.add(new LinkedHashMap<>()));
    }

    /**
     * Returns the violations of a program of an object on this kernel; none means that the kernel
     * accepts it.
     */
    public static List<Violation> check(BpfObject object, ProgramSpec program, KernelVersion kernel) {
        return check(Subject.of(object, program, kernel));
    }

    /** Returns the violations of a program that uses no maps and no data. */
    public static List<Violation> check(Hook hook, KernelVersion kernel, List<Insn> insns) {
        return check(new Subject(hook, kernel, insns, Map.of(), Map.of()));
    }

    private static List<Violation> check(Subject subject) {
        Report report = new Report();
        List<Finding> findings = StructureCheck.check(subject.insns());
        findings.forEach(
                finding -> report.add(VerifierAssertion.of(finding.kind()), finding.slot(), finding.message()));
        int slots = subject.insns().stream().mapToInt(Insn::slots).sum();
        if (slots > VerifierAssertion.MOST_SLOTS) {
            report.add(VerifierAssertion.SIZE, 0, slots + " slots are more than " + VerifierAssertion.MOST_SLOTS);
        }
        boolean sound = report.violations().stream().noneMatch(each -> each.demand() == VerifierAssertion.JUMP_TARGET);
        if (sound && slots <= VerifierAssertion.MOST_SLOTS) {
            ControlFlowGraph graph = ControlFlowGraph.of(subject.insns());
            // The known size of a packet differs between paths.
            boolean fine = subject.hook().programType() == ProgramType.CGROUP_SKB;
            Verifier verifier = new Verifier(subject, graph, fine);
            verifier.walk();
            if (!fine && !verifier.report.violations().isEmpty()) {
                verifier = new Verifier(subject, graph, true);
                verifier.walk();
            }
            verifier.report.violations().forEach(each -> report.add(each.demand(), each.slot(), each.message()));
            Rewriting.jumps(subject.hook(), subject.insns(), verifier.kinds.contexts(subject.insns()))
                    .forEach(far -> report.add(
                            VerifierAssertion.JUMP_REACH,
                            far.slot(),
                            "may be " + far.distance() + " slots from its target"));
        }
        return report.violations();
    }

    /**
     * Returns which instructions may access the context, by index. Needs only the instructions;
     * violations are ignored.
     */
    public static BitSet contextAccesses(Hook hook, List<Insn> insns) {
        Subject subject = new Subject(hook, KernelVersion.V5_10, insns, Map.of(), Map.of());
        Verifier verifier = new Verifier(subject, ControlFlowGraph.of(insns), false);
        verifier.walk();
        return verifier.kinds.contexts(insns);
    }

    private void walk() {
        arrive(-1, 0, State.start());
        while (!places.isEmpty() && walked <= VerifierAssertion.MOST_SLOTS) {
            int block = order.get(places.remove());
            Map<State.Key, State> states = waiting.get(block);
            waiting.set(block, new LinkedHashMap<>());
            states.values().forEach(state -> walk(graph.blocks().get(block), state));
        }
        if (walked > VerifierAssertion.MOST_SLOTS) {
            report.add(
                    VerifierAssertion.SIZE,
                    0,
                    "more than " + VerifierAssertion.MOST_SLOTS + " instructions are walked");
        }
    }

    private void walk(Block block, State state) {
        for (int i = block.first(); i < block.end(); i++) {
            Insn insn = graph.insns().get(i);
            kinds.note(i, graph.slot(i), insn, state);
            step.take(state, i, graph.slot(i), insn);
        }
        walked += block.end() - block.first();
        int last = block.end() - 1;
        Insn insn = graph.insns().get(last);
        int slot = graph.slot(last);
        if (insn instanceof Insn.Goto jump) {
            flowTo(block, slot, slot + 1 + jump.off(), state);
        } else if (insn instanceof Insn.GotoLong jump) {
            flowTo(block, slot, slot + 1 + jump.off(), state);
        } else if (insn instanceof Insn.Jump jump) {
            branches.follow(state, slot, jump, true).ifPresent(to -> flowTo(block, slot, slot + 1 + jump.off(), to));
            branches.follow(state, slot, jump, false).ifPresent(to -> flowTo(block, slot, slot + 1, to));
        } else if (!(insn instanceof Insn.Exit)) {
            flowTo(block, slot, slot + insn.slots(), state);
        }
    }

    private void flowTo(Block from, int slot, int target, State state) {
        int to = graph.blockAt(target).number();
        if (loops.isEndless(from.number(), to)) {
            report.add(VerifierAssertion.COUNTED_LOOPS, slot, "may go round for ever");
        } else {
            arrive(from.number(), to, state);
        }
    }

    /** Enters a block, with one state for each value of the counters of the loops around it. */
    private void arrive(int from, int to, State state) {
        List<CountedLoops.Loop> around = loops.around(to);
        if (around.isEmpty()) {
            join(to, state, List.of());
            return;
        }
        for (CountedLoops.Loop loop : around) {
            Numbers numbers = state.get(loop.counter()).numbers();
            boolean counts = state.get(loop.counter()).isNumber() && numbers.isConstant();
            boolean enters = to == loop.head() && !(from >= 0 && loop.body().get(from));
            if (!counts || enters && numbers.max() >= loop.last()) {
                report.add(
                        VerifierAssertion.COUNTED_LOOPS,
                        graph.blocks().get(to).slot(),
                        loop.counter() + " is " + numbers + ", and the loop ends at " + loop.last());
                return;
            }
        }
        List<Long> counters = new ArrayList<>();
        for (CountedLoops.Loop loop : around) {
            Numbers numbers = state.get(loop.counter()).numbers();
            if (!numbers.isSingle()) {
                for (long constant : numbers.constants()) {
                    State one = state.copy();
                    one.set(loop.counter(), Value.of(Numbers.of(constant)));
                    arrive(from, to, one);
                }
                return;
            }
            counters.add(numbers.min());
        }
        join(to, state, counters);
    }

    private void join(int to, State state, List<Long> counters) {
        Map<State.Key, State> there = waiting.get(to);
        if (there.isEmpty()) {
            places.add(place[to]);
        }
        State.Key key = key(state, graph.blocks().get(to), counters, there.size());
        Optional<State> before = Optional.ofNullable(there.get(key));
        before.ifPresentOrElse(known -> known.join(state), () -> there.put(key, state));
    }

    /** Returns the key for a state; a block with many states uses a coarse key. */
    private State.Key key(State state, Block block, List<Long> counters, int there) {
        if (there >= MOST_STATES) {
            return state.key(counters, 0);
        } else if (live.isEmpty()) {
            return state.key(counters, frame.before(block.number()));
        }
        RegSet read = live.get().before(block.slot());
        state.keep(read);
        return state.fineKey(counters, read, frame.before(block.number()));
    }
}
