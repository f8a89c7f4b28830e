// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.policy.KeyValue;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rate;
import org.ringwall.compiler.policy.StateContent;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.reference.Buckets;
import org.ringwall.compiler.reference.Decision;
import org.ringwall.compiler.reference.EvaluationContext;
import org.ringwall.compiler.reference.Origins;
import org.ringwall.compiler.reference.Recorded;
import org.ringwall.compiler.reference.Reference;
import org.ringwall.machine.Segment;

/**
 * A policy in force: its emitted programs with their maps in the machine, and the reference
 * evaluator. Both judge each request after all earlier ones, and must agree on everything: verdict,
 * context, counts, tokens, events, and the original destinations of sockets. Requests alternate
 * between two CPUs.
 */
public final class PolicyInForce {
    private static final int CPUS = 2;

    /**
     * The top bit of `lo` in the control word, and the offset of `monitor_until` (docs/abi.md
     * section 2).
     */
    private static final int MONITORS = 1 << 31;

    private static final int UNTIL = 16;
    private static final String CONTROL = ".data";

    private final Policy policy;
    private final BpfObject object;
    private final KernelVersion kernel;
    private final StateMaps maps;
    private final RateSets sets;
    private final Buckets buckets;
    private final ExpectedCounts ledger;
    private final ExpectedEvents expected;
    private final Origins origins;
    private EmittedPolicy programs;
    private EvaluationContext context;
    private long until;
    private int requests;

    private PolicyInForce(Policy policy, BpfObject object, KernelVersion kernel) {
        this.policy = policy;
        this.object = object;
        this.kernel = kernel;
        this.maps = StateMaps.of(object, CPUS);
        this.sets = new RateSets(maps, object.order());
        policy.state().rates().forEach(sets::seed);
        this.buckets = new Buckets(sets::of);
        this.ledger = new ExpectedCounts(policy);
        this.expected = new ExpectedEvents(policy, kernel, readsStamps(object));
        this.origins = new Origins(HookFields.handsOverByStamps(kernel));
        this.context = new EvaluationContext(Map.of(), StateContent.EMPTY, buckets, origins);
        this.programs = EmittedPolicy.load(object, Map.of(), kernel, maps);
    }

    /**
     * Whether programs at hooks without a task read stamps. An object whose rules only test the
     * callers of MPTCP stamps only MPTCP sockets.
     */
    private static boolean readsStamps(BpfObject object) {
        return object.programs().stream()
                .filter(program -> Hook.ofSection(program.section())
                        .filter(HookFields::readsStamps)
                        .isPresent())
                .flatMap(program -> program.relocations().stream())
                .anyMatch(relocation -> relocation.symbol().equals(StateNames.STAMPS));
    }

    /**
     * The result of both for a request.
     *
     * @param writes the writes, with destinations and the values of params
     * @param events the events in the ring, in order
     */
    public record Judgement(Decision decision, Answer answer, List<Effect> writes, List<Event> events) {
        public Judgement {
            writes = List.copyOf(writes);
            events = List.copyOf(events);
        }
    }

    /**
     * Returns a policy without earlier requests; params have their defaults, live sets and tables
     * are empty, and the time is 0 ns.
     *
     * @param object the object that was emitted for it
     * @param kernel the oldest kernel of the object
     */
    public static PolicyInForce of(Policy policy, BpfObject object, KernelVersion kernel) {
        return new PolicyInForce(policy, object, kernel);
    }

    /**
     * Sets the values of params, with defaults for those that are not given, and the content of
     * live sets and tables.
     */
    public void tell(Map<Param, Long> params, StateContent content) {
        context = new EvaluationContext(params, content, buckets, origins);
        programs = EmittedPolicy.load(object, params, kernel, maps).with(control());
        maps.fill(policy, content);
    }

    /** Puts the instance into monitor mode for this many ns; 0 ends it. */
    public void monitor(long nanoseconds) {
        until = buckets.now() + nanoseconds;
        programs = programs.with(control());
    }

    /** Returns the control word; its bit stays set after the time is over. */
    private Segment control() {
        ByteBuffer word = ByteBuffer.wrap(
                        object.section(CONTROL).orElseThrow().content().toArray())
                .order(object.order());
        return new Segment(
                CONTROL,
                false,
                word.putInt(0, until == 0 ? 0 : MONITORS).putLong(UNTIL, until).array());
    }

    /** Advances the clock by this many ns. */
    public void pass(long nanoseconds) {
        buckets.pass(nanoseconds);
    }

    /** Returns the maps that the programs share. */
    public StateMaps maps() {
        return maps;
    }

    /**
     * Judges a request.
     *
     * @throws IllegalStateException if programs and reference disagree, with a description of the
     *     difference
     */
    public Judgement judge(Request request) {
        long now = buckets.now();
        Decision decision = until > now ? watched(request) : Reference.decide(policy, context, request);
        List<Effect> writes = Effects.resolved(decision.writes(), context, request);
        Answer answer = programs.answer(request, now, requests++ % CPUS);
        List<Event> events = maps.events();
        same("verdict", request, answer.verdict(), decision.verdict());
        same(
                "context",
                request,
                answer,
                Effects.answer(request, decision.verdict(), writes, context.params(), object.order()));
        same("record", request, events, expected.of(request, decision.records(), now));
        ledger.add(request, decision.records(), now);
        ledger.difference(maps).ifPresent(words -> {
            throw new IllegalStateException(words + " after " + request);
        });
        for (Rate rate : policy.state().rates()) {
            same("rate " + rate.name(), request, busy(maps.buckets(rate), now), buckets.full(rate));
            same("rate " + rate.name() + " shared", request, maps.shared(rate), buckets.shared(rate));
        }
        return new Judgement(decision, answer, writes, events);
    }

    /** Returns the decision in monitor mode: only records, marked as monitored. */
    private Decision watched(Request request) {
        buckets.watch(true);
        EvaluationContext apart = new EvaluationContext(context.params(), context.content(), buckets);
        Decision meant = Reference.decide(policy, apart, request);
        buckets.watch(false);
        List<Recorded> records = meant.records().stream()
                .map(record -> new Recorded(record.rule(), record.effect(), record.verdict(), true, record.key()))
                .toList();
        return new Decision(Verdict.ALLOW, List.of(), List.of(), records, meant.trace());
    }

    /** Removes full buckets, which are equivalent to absent ones. */
    private static Map<List<KeyValue>, Long> busy(Map<List<KeyValue>, Long> full, long now) {
        Map<List<KeyValue>, Long> busy = new HashMap<>(full);
        busy.values().removeIf(time -> time <= now);
        return busy;
    }

    private static void same(String what, Request request, Object program, Object reference) {
        if (!program.equals(reference)) {
            throw new IllegalStateException(
                    "%s: the program says %s and the policy %s to %s".formatted(what, program, reference, request));
        }
    }
}
