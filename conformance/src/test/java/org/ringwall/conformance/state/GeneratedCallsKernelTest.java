// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.state.CounterUnit;
import org.ringwall.bpf.state.EventLayout;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.compiler.codegen.Target;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.Probe;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.policy.Counter;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rate;
import org.ringwall.compiler.policy.Reason;
import org.ringwall.compiler.policy.StateContent;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.reference.Buckets;
import org.ringwall.compiler.reference.Decision;
import org.ringwall.compiler.reference.EvaluationContext;
import org.ringwall.compiler.reference.Recorded;
import org.ringwall.compiler.reference.Reference;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.testrunner.Effects;
import org.ringwall.compiler.testrunner.Event;
import org.ringwall.compiler.testrunner.ExpectedCounts;
import org.ringwall.compiler.testrunner.ExpectedEvents;
import org.ringwall.conformance.differential.Differential;
import org.ringwall.conformance.differential.HookResult;
import org.ringwall.conformance.differential.MachineMeaning;
import org.ringwall.conformance.differential.PredictedResult;
import org.ringwall.conformance.generate.GeneratedPolicy;
import org.ringwall.conformance.generate.PolicyGenerator;
import org.ringwall.conformance.generate.RandomChoices;
import org.ringwall.conformance.generate.ShapeGenerator;
import org.ringwall.conformance.kernel.Answer;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.kernel.Feasible;
import org.ringwall.conformance.kernel.ProbeProcess;
import org.ringwall.conformance.kernel.RealCalls;
import org.ringwall.loader.model.Events;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test that reference and kernel agree on random policies with state. The policies are in force
 * on a cgroup, commands fill and replace live sets and tables meanwhile, and real system calls run
 * one after the other. Verdicts, the ends of redirected calls, counts, tokens and records must
 * equal the reference's.
 */
@KernelTest
class GeneratedCallsKernelTest {
    private static final int REQUESTS = 48;
    /**
     * The number of policies at which some take tokens; few have a rate that applies to calls of
     * this process.
     */
    private static final int ENOUGH_FOR_TOKENS = 100;

    /**
     * The number of policies at which records are certain; the few that guests run may produce
     * none.
     */
    private static final int ENOUGH_FOR_ALL = 24;

    private static final boolean ERRNOS = RunningKernel.atLeast(5, 18);

    private int policies;
    private int denied;
    private int allowed;
    private int redirected;
    private int counted;
    private int recorded;
    private int tokens;

    @Test
    void kernelStateMatchesTheReference() {
        Differential run = Differential.ofProperties(REQUESTS);
        int wanted = Integer.getInteger("ringwall.state.walks", Math.max(24, run.policies() / 50));
        walk(run.seed(), wanted, seed -> drawn(PolicyGenerator.ofState(seed).text(), false));
        assertThat(denied + allowed).isPositive();
        if (wanted >= ENOUGH_FOR_ALL) {
            assertThat(denied).isPositive();
            assertThat(allowed).isPositive();
            assertThat(counted).isPositive();
            assertThat(recorded).isPositive();
        }
        if (wanted >= ENOUGH_FOR_TOKENS) {
            assertThat(tokens).isPositive();
        }
    }

    /** Up to 300 rules of the same shapes, in the forms that the compiler chooses. */
    @Test
    void kernelMatchesTheReferenceForManyRulesOfOneShape() {
        Differential run = Differential.ofProperties(REQUESTS);
        int wanted = Integer.getInteger("ringwall.state.walks", Math.max(24, run.policies() / 50));
        walk(run.seed(), wanted, seed -> drawn(ShapeGenerator.text(seed), true));
        assertThat(denied).isPositive();
        assertThat(allowed).isPositive();
    }

    /**
     * Tests policies, of which some seeds give none.
     *
     * @param wanted the number of policies
     */
    private void walk(long first, int wanted, LongFunction<Optional<Subject>> draw) {
        try (ChildCgroup free = ChildCgroup.make();
                ChildCgroup bound = ChildCgroup.make();
                ProbeProcess outside = ProbeProcess.in(free.path());
                ProbeProcess inside = ProbeProcess.in(bound.path());
                RealCalls without = new RealCalls(outside);
                RealCalls under = new RealCalls(inside)) {
            for (long seed = first; policies < wanted; seed++) {
                Optional<Subject> subject = draw.apply(seed);
                if (subject.isPresent()) {
                    RandomChoices choices = new RandomChoices(~seed);
                    try {
                        policies += new Walk(subject.get(), choices, bound, inside.caller(), without, under).run();
                    } catch (RuntimeException | AssertionError e) {
                        throw new AssertionError(
                                "seed " + seed + ": " + e.getMessage() + "\n"
                                        + subject.get().generated().text(),
                                e);
                    }
                }
            }
        }
        System.out.printf(
                "kernel = reference for what is kept: %d policies, %d calls denied, %d allowed, %d of them redirected; %d counts, %d records, %d buckets%n",
                policies, denied, allowed, redirected, counted, recorded, tokens);
    }

    /**
     * A policy.
     *
     * @param chosen its object in the forms that the compiler chooses; empty for the usual one
     */
    private record Subject(GeneratedPolicy generated, Optional<BpfObject> chosen) {
        /** Returns the policy as this kernel runs it. */
        Policy meant() {
            return ERRNOS ? generated.policy() : generated.withoutErrnos();
        }

        /**
         * Returns its object.
         *
         * @throws IllegalStateException if it is too large
         */
        BpfObject object() {
            return chosen.orElseGet(() -> MachineMeaning.object(
                    meant(), new Target(MachineMeaning.kernel(meant()), ByteOrder.nativeOrder())));
        }
    }

    /**
     * Returns a policy if the reference can predict it from single calls of a process. Its text is
     * adapted: rates gain no token during the test, sets have room for all ports, counters do not
     * evict (the kernel evicts before a map is full), and tables do not choose by a socket's
     * cookie.
     *
     * @param chosen whether the object is the compiler's, in the forms that it chooses
     */
    private static Optional<Subject> drawn(String generated, boolean chosen) {
        String text = generated
                .replaceAll("[0-9]+/[smh] burst", "1/h burst")
                .replaceAll("(rate.*) ([0-9]+)/[smh]( max.*)?\n", "$1 1/h burst $2$3\n")
                .replaceAll("log at most ([0-9]+)/[smh]", "log at most $1/h")
                .replaceAll("max [0-9]+ lru", "max 10000 lru")
                .replaceAll("(live_ports : port.*) max 10000", "$1 max 65536")
                .replaceAll(" choices [0-9]+", " choices 1");
        if (Enforced.refuses(text) || !ProbeProcess.foresees(text)) {
            return Optional.empty();
        }
        Settings settings =
                new Settings(chosen ? List.of() : List.of(KernelVersion.V6_1), ByteOrder.nativeOrder(), Map.of());
        Optional<Compilation> compiled = Compiler.compile(new SourceFile("generated.wall", text), settings)
                .compilation();
        if (chosen && compiled.isEmpty()) {
            throw new AssertionError("refused by the compiler:\n" + text);
        }
        return compiled.filter(compilation -> compilation.policy().blocks().stream()
                        .flatMap(block -> block.hooks().stream())
                        .noneMatch(GeneratedCallsKernelTest::isInvokedByOtherCalls))
                .filter(compilation -> RunningKernel.atLeast(
                        compilation.oldestKernel().major(),
                        compilation.oldestKernel().minor()))
                .map(compilation -> new Subject(
                        new GeneratedPolicy(compilation.policy()),
                        chosen ? Optional.of(compilation.object()) : Optional.empty()))
                .filter(subject -> chosen || ERRNOS || fits(subject.meant()));
    }

    /**
     * Returns whether the compiler accepts the policy for its oldest kernel and this byte order.
     */
    private static boolean fits(Policy policy) {
        return MachineMeaning.fits(policy, new Target(MachineMeaning.kernel(policy), ByteOrder.nativeOrder()));
    }

    /**
     * Returns whether other calls invoke the hook too: closed sockets, packets and TCP events do.
     */
    private static boolean isInvokedByOtherCalls(Hook hook) {
        return switch (hook) {
            case SOCK_RELEASE, SOCK_OPS, SKB_EGRESS, SKB_INGRESS -> true;
            default -> false;
        };
    }

    /** A policy in force, with the reference's state beside it. */
    private final class Walk {
        private final Subject subject;
        private final GeneratedPolicy generated;
        private final Policy meant;
        private final RandomChoices choices;
        private final ChildCgroup cgroup;
        private final Actor caller;
        private final RealCalls without;
        private final RealCalls under;
        private final Buckets buckets = new Buckets();
        private final ExpectedCounts ledger;
        private final ExpectedEvents expected;
        private final List<String> records = new ArrayList<>();
        private EvaluationContext situation;

        Walk(
                Subject subject,
                RandomChoices choices,
                ChildCgroup cgroup,
                Actor caller,
                RealCalls without,
                RealCalls under) {
            this.subject = subject;
            this.generated = subject.generated();
            this.meant = subject.meant();
            this.choices = choices;
            this.cgroup = cgroup;
            this.caller = caller;
            this.without = without;
            this.under = under;
            this.ledger = new ExpectedCounts(meant);
            this.expected = new ExpectedEvents(meant, MachineMeaning.kernel(meant), false);
            this.situation = new EvaluationContext(generated.params(choices), StateContent.EMPTY, buckets);
        }

        /** Returns 1 if the policy was tested, or 0 if its code is too large. */
        int run() {
            Map<Probe, Answer> before = new LinkedHashMap<>();
            Feasible feasible = new Feasible(choices, caller);
            for (Request request : generated.requests(choices, situation.params(), REQUESTS)) {
                feasible.probe(request).ifPresent(probe -> before.put(probe, without.make(probe, actor(probe))));
            }
            // A call that the kernel rejects by itself may or may not have invoked a hook.
            before.values().removeIf(answer -> HookResult.settled(answer) != 0);
            BpfObject object;
            try {
                object = subject.object();
            } catch (IllegalStateException e) {
                if (Differential.isTooLarge(e)) {
                    return 0;
                }
                throw e;
            }
            Map<String, String> params = new TreeMap<>();
            situation.params().forEach((param, value) -> params.put(param.name(), Long.toUnsignedString(value)));
            try (InForce force = InForce.on(cgroup, object, params)) {
                tell(force);
                boolean whole = before.entrySet().stream().allMatch(call -> ask(force, call.getKey(), call.getValue()));
                compare(force, whole);
            }
            return 1;
        }

        /** Replaces the content of live sets and tables. */
        private void tell(InForce force) {
            StateContent content = generated.content(choices, caller);
            content.liveSets().forEach((set, members) -> {
                if (force.keeps(StateNames.live(set.name()))) {
                    force.replace(set.name(), HostEntries.of(set, members).toArray(String[]::new));
                }
            });
            content.tables().forEach((table, entries) -> {
                if (force.keeps(StateNames.table(table.name()))) {
                    situation
                            .content()
                            .tables()
                            .getOrDefault(table, List.of())
                            .forEach(entry -> force.dropEntry(
                                    table.name(),
                                    entry.key().stream().map(HostEntries::word).toArray(String[]::new)));
                    entries.forEach(entry -> force.entry(table.name(), HostEntries.of(entry)));
                }
            });
            situation = new EvaluationContext(situation.params(), content, buckets);
        }

        /**
         * Makes a call and compares its result; returns false, without making it, if the result
         * cannot be predicted.
         */
        private boolean ask(InForce force, Probe probe, Answer before) {
            if (choices.chance(10)) {
                tell(force);
            }
            buckets.pass(Math.max(0, force.bootTime() - buckets.now()));
            Map<Request, Decision> decisions = new LinkedHashMap<>();
            PredictedResult foreseen = PredictedResult.of(meant, probe, request -> {
                Decision decision = Reference.decide(meant, situation, request);
                decisions.put(request, decision);
                return new PredictedResult.Judged(
                        decision.verdict(), Effects.resolved(decision.writes(), situation, request));
            });
            if (foreseen instanceof PredictedResult.Unforeseen) {
                return false;
            }
            Answer answer = under.make(probe, actor(probe));
            String what = probe.text() + "\nwithout " + before + ", under " + answer + "\nforeseen " + foreseen;
            if (foreseen instanceof PredictedResult.Refused refused) {
                assertThat(answer.errno()).as(what).isEqualTo(refused.errno());
                denied++;
            } else {
                goesOn((PredictedResult.GoesOn) foreseen, probe, before, answer, decisions, what);
            }
            decisions.forEach((request, decision) -> keep(request, decision.records()));
            return true;
        }

        private void goesOn(
                PredictedResult.GoesOn goesOn,
                Probe probe,
                Answer before,
                Answer answer,
                Map<Request, Decision> decisions,
                String what) {
            boolean same = goesOn.made().equals(probe) && goesOn.by().equals(actor(probe));
            Answer free = same ? before : without.make(goesOn.made(), goesOn.by());
            Optional<Request> next = goesOn.next().filter(request -> HookResult.settled(free) == 0);
            if (next.isPresent()) {
                Decision later = Reference.decide(meant, situation, next.get());
                decisions.put(next.get(), later);
                if (later.verdict() instanceof Verdict.Deny deny) {
                    assertThat(answer.errno()).as(what).isEqualTo(deny.errno().number());
                    denied++;
                    return;
                }
            }
            assertThat(HookResult.settled(answer))
                    .as(what + "\nthat outside " + free)
                    .isEqualTo(HookResult.settled(free));
            redirected += decisions.values().stream()
                            .anyMatch(
                                    decision -> decision.writes().stream().anyMatch(Effect.Redirect.class::isInstance))
                    ? 1
                    : 0;
            allowed++;
        }

        private void keep(Request request, List<Recorded> left) {
            ledger.add(request, left, buckets.now());
            expected.of(request, left, buckets.now()).forEach(event -> records.add(text(event)));
        }

        private String text(Event event) {
            String verdict = switch (event.verdict()) {
                case EventLayout.ALLOWED -> "allow";
                case EventLayout.DENIED -> "deny";
                default -> "none";
            };
            String because =
                    meant.logged().get(event.rule()).because().map(Reason::text).orElse("");
            return text(event.rule(), event.hook().word(), verdict, event.monitored(), event.suppressed()) + ", "
                    + because + ", "
                    + known(RecordBytes.shown(event), event.hook().word());
        }

        private String text(Events.Explained explained) {
            var event = explained.event();
            return text(event.rule(), event.hook(), event.verdict(), event.monitored(), event.suppressed())
                    + ", " + explained.rule().orElseThrow().reason()
                    + ", " + known(RecordBytes.shown(event.fields()), event.hook());
        }

        /**
         * Returns the fields without the port that the kernel may have chosen, and without the
         * namespace where no process can read its cookie.
         */
        private Map<String, Object> known(Map<String, Object> fields, String hook) {
            Map<String, Object> known = new TreeMap<>(fields);
            if (!ProbeProcess.KNOWS_NETNS) {
                known.replace("netns", "is there");
            }
            if (hook.startsWith("post_bind")) {
                known.remove("local.port");
            }
            return known;
        }

        private String text(int rule, String hook, String verdict, boolean monitored, long suppressed) {
            return "rule %d at %s: %s%s, %d held back"
                    .formatted(rule, hook, verdict, monitored ? " monitored" : "", suppressed);
        }

        /**
         * Compares counts, tokens, losses and records with the reference's.
         *
         * @param whole whether every token taken is known
         */
        private void compare(InForce force, boolean whole) {
            meant.state().counters().stream()
                    .filter(counter -> counter.layouts().stream().anyMatch(layout -> force.keeps(layout.symbol())))
                    .forEach(counter -> compare(force, counter));
            if (force.keeps(StateNames.EVENTS)) {
                assertThat(force.records().stream().map(this::text).toList()).isEqualTo(records);
                assertThat(force.lost("events")).isZero();
                recorded += records.size();
            }
            if (whole) {
                meant.state().rates().stream()
                        .filter(rate -> force.keeps(StateNames.rate(rate.name())))
                        .forEach(rate -> {
                            Map<String, Long> due = new HashMap<>();
                            buckets.full(rate)
                                    .forEach((key, full) -> due.put(
                                            HostEntries.of(rate.key(), key),
                                            left(rate.pace(), full, force.bootTime())));
                            Map<String, Long> held = force.tokens(rate.name());
                            held.keySet().removeIf(key -> !due.containsKey(key));
                            assertThat(held).as(rate.name()).isEqualTo(due);
                            tokens += due.size();
                        });
            }
        }

        /**
         * Returns how many tokens a bucket has at `now` if it is full at `full`: docs/semantics.md
         * section 12.
         */
        private long left(Rate.Pace pace, long full, long now) {
            return Math.max(0, now + pace.depth() - Math.max(full, now)) / pace.interval();
        }

        private void compare(InForce force, Counter counter) {
            Map<String, Map<String, BigInteger>> due = new HashMap<>();
            ledger.counts(counter)
                    .forEach((key, values) -> due.put(HostEntries.of(counter.key(), key), row(counter, values)));
            Map<String, Map<String, BigInteger>> held = new HashMap<>();
            force.counts(counter.name()).forEach((key, row) -> held.put(key, timeless(counter, row)));
            if (due.isEmpty()) {
                held.values().removeIf(row -> row.values().stream().allMatch(value -> value.signum() == 0));
            }
            assertThat(held).as(counter.name()).isEqualTo(due);
            if (counter.layout().canLose()) {
                // A counter that only unreachable rules count has a map and loses nothing.
                long lost = force.keeps(StateNames.LOST) ? force.lost(counter.name()) : 0;
                assertThat(lost).as(counter.name()).isEqualTo(ledger.lost(counter));
            }
            counted += due.size();
        }

        private Map<String, BigInteger> timeless(Counter counter, Map<String, BigInteger> row) {
            Map<String, BigInteger> counts = new TreeMap<>(row);
            counter.columns().stream()
                    .filter(column -> column.unit() == CounterUnit.TIME)
                    .forEach(column -> counts.remove(column.name()));
            return counts;
        }

        private Map<String, BigInteger> row(Counter counter, List<Long> values) {
            Map<String, BigInteger> row = new TreeMap<>();
            for (int i = 0; i < values.size(); i++) {
                if (counter.columns().get(i).unit() != CounterUnit.TIME) {
                    row.put(counter.columns().get(i).name(), BigInteger.valueOf(values.get(i)));
                }
            }
            return row;
        }
    }

    private static Actor actor(Probe probe) {
        return probe.requests().get(0).actor();
    }
}
