// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.policy.Counter;
import org.ringwall.compiler.policy.KeyValue;
import org.ringwall.compiler.policy.Rate;
import org.ringwall.compiler.policy.StateContent;
import org.ringwall.compiler.reference.Buckets;
import org.ringwall.compiler.reference.EvaluationContext;
import org.ringwall.compiler.reference.Reference;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.value.U128;
import org.ringwall.machine.Machine;
import org.ringwall.machine.Outcome;
import org.ringwall.machine.Run;

/**
 * Two runs of an emitted program, interleaved in random order by single instructions, on two CPUs
 * and on one. Counts must be exact, and no more tokens taken than in sequence (docs/semantics.md
 * section 12).
 */
class StateInterleavingTest {
    private static final int INTERLEAVINGS = 60;
    private static final int EACH = 12;
    private static final long INTERVAL = 1_000_000;

    private static final String COUNTERS = """
            policy counters
            counter total { tries: attempts, last: time }
            counter full [remote.port] { tries: attempts, last: time } max 3
            counter each [remote.port, remote.ip] { tries: attempts } max 100
            counter young [uid, remote.port] { tries: attempts } max 100 lru
            on connect4 {
              when remote.port != 0 { count total; count full; count each }
              default deny { count young }
            }
            """;

    /** Returns byte orders, and the CPU of the second run. The first run is on CPU 0. */
    static Stream<Arguments> machines() {
        return Stream.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)
                .flatMap(order -> Stream.of(Arguments.of(order, 0), Arguments.of(order, 1)));
    }

    private static Compilation compile(String text, ByteOrder order) {
        return Compiler.compile(new SourceFile("t.wall", text), new Settings(List.of(), order, Map.of()))
                .compilation()
                .orElseThrow();
    }

    private static Request connect(int port, long uid) {
        RawAddress address = new RawAddress(true, U128.of(0xc0000201L));
        return new Request.AtAddress(Hook.CONNECT4, address, port, 6, 1, new Actor(uid, uid));
    }

    /** A request, the time at which it began, and whether it was allowed. */
    private record DecidedRequest(Request request, long time, boolean allowed) {}

    /** Two interleaved runs. */
    private static final class Race {
        private final EmittedPolicy programs;
        private final SplittableRandom random;
        private final int[] cpus;
        private final List<List<Request>> waiting = new ArrayList<>();
        private final List<Optional<Run>> runs = new ArrayList<>(List.of(Optional.empty(), Optional.empty()));
        private final int[] begun = new int[2];
        private final List<DecidedRequest> asked = new ArrayList<>();
        private final long most;
        private long now;

        /**
         * Creates a race on these maps.
         *
         * @param most the greatest time in nanoseconds that passes before a request begins
         */
        Race(Compilation compilation, StateMaps maps, SplittableRandom random, int second, long most) {
            this.programs = EmittedPolicy.load(compilation.object(), Map.of(), KernelVersion.V5_10, maps);
            this.random = random;
            this.cpus = new int[] {0, second};
            this.most = most;
        }

        /**
         * Runs each of the two lists in order, and returns the answers in the order in which the
         * requests began.
         */
        List<DecidedRequest> run(List<Request> first, List<Request> second) {
            waiting.add(new ArrayList<>(first));
            waiting.add(new ArrayList<>(second));
            int idle = 0;
            while (runs.stream().anyMatch(Optional::isPresent)
                    || waiting.stream().anyMatch(left -> !left.isEmpty())) {
                idle = step(random.nextInt(2)) ? 0 : idle + 1;
                assertThat(idle).as("steps in which nothing goes on").isLessThan(1000);
            }
            return asked;
        }

        private boolean step(int who) {
            if (runs.get(who).isEmpty()) {
                if (waiting.get(who).isEmpty()) {
                    return false;
                }
                begin(who, waiting.get(who).remove(0));
            }
            Run run = runs.get(who).orElseThrow();
            Run.Step step = run.step();
            if (step == Run.Step.ENDED) {
                Outcome.Returned returned = (Outcome.Returned) run.outcome().orElseThrow();
                DecidedRequest before = asked.get(begun[who]);
                asked.set(begun[who], new DecidedRequest(before.request(), before.time(), returned.r0() == 1));
                runs.set(who, Optional.empty());
            }
            return step != Run.Step.WAITS;
        }

        private void begin(int who, Request request) {
            now += most == 0 ? 0 : random.nextLong(most);
            begun[who] = asked.size();
            asked.add(new DecidedRequest(request, now, false));
            runs.set(
                    who,
                    Optional.of(Machine.start(
                            programs.program(request.hook()).orElseThrow(),
                            request.hook(),
                            Contexts.context(request, programs.order()),
                            Contexts.environment(request, KernelVersion.V5_10, programs.order())
                                    .at(now)
                                    .on(cpus[who]))));
        }
    }

    private static List<Request> requests(SplittableRandom random, int ports, int uids) {
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < EACH; i++) {
            requests.add(connect(1 + random.nextInt(ports), random.nextInt(uids)));
        }
        return requests;
    }

    @ParameterizedTest
    @MethodSource("machines")
    void noCountIsLostOrDoubled(ByteOrder order, int second) {
        Compilation compilation = compile(COUNTERS, order);
        List<Counter> counters = compilation.policy().state().counters();
        int lost = 0;
        for (int seed = 0; seed < INTERLEAVINGS; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            StateMaps maps = StateMaps.of(compilation.object(), 2);
            int ports = 1 + random.nextInt(6);
            List<DecidedRequest> asked = new Race(compilation, maps, random, second, INTERVAL)
                    .run(requests(random, ports, 2), requests(random, ports, 2));
            ExpectedCounts ledger = new ExpectedCounts(compilation.policy());
            for (DecidedRequest one : asked) {
                EvaluationContext situation = EvaluationContext.of(Map.of());
                ledger.add(
                        one.request(),
                        Reference.decide(compilation.policy(), situation, one.request())
                                .records(),
                        one.time());
            }
            for (int exact : new int[] {0, 2, 3}) {
                assertThat(held(maps.counts(counters.get(exact)), asked, second))
                        .as("seed %d, %s", seed, counters.get(exact).name())
                        .isEqualTo(held(ledger.counts(counters.get(exact)), asked, second));
            }
            lost += full(compilation, maps, asked, second, seed);
        }
        assertThat(lost).as("counts that found no room").isPositive();
    }

    /**
     * Returns the counts as they are on two CPUs. If both runs are on one CPU, a time may be that
     * of any request, and is removed.
     */
    private static Map<List<KeyValue>, List<Long>> held(
            Map<List<KeyValue>, List<Long>> counts, List<DecidedRequest> asked, int second) {
        Map<List<KeyValue>, List<Long>> held = new HashMap<>(counts);
        if (second == 0) {
            held.replaceAll((key, row) -> {
                boolean known = row.size() == 1 || asked.stream().anyMatch(one -> one.time() == row.get(1));
                return known ? row.subList(0, 1) : row;
            });
        }
        return held;
    }

    /**
     * Checks a full counter and returns how many attempts it has lost. Which keys are stored
     * depends on the order, but the stored ones have all of their counts.
     */
    private static long full(
            Compilation compilation, StateMaps maps, List<DecidedRequest> asked, int second, int seed) {
        Map<List<KeyValue>, List<Long>> due = new HashMap<>();
        for (DecidedRequest one : asked) {
            long port = ((Request.AtAddress) one.request()).port();
            due.merge(
                    List.of(new KeyValue.OfNumber(port)),
                    List.of(1L, one.time()),
                    (a, b) -> List.of(a.get(0) + 1, Math.max(a.get(1), b.get(1))));
        }
        Counter counter = compilation.policy().state().counters().get(1);
        Map<List<KeyValue>, List<Long>> held = held(maps.counts(counter), asked, second);
        due = held(due, asked, second);
        assertThat(held).as("seed " + seed).hasSize(Math.min(counter.max(), due.size()));
        assertThat(due.entrySet()).as("seed " + seed).containsAll(held.entrySet());
        due.keySet().removeAll(held.keySet());
        long lost = due.values().stream().mapToLong(row -> row.get(0)).sum();
        assertThat(maps.lost(compilation.policy(), "counter_full"))
                .as("seed " + seed)
                .isEqualTo(lost);
        return lost;
    }

    private static String rate(int burst) {
        return """
                policy rates
                rate few per uid 1000/s burst %d max 2
                rate one 1000/s burst %d
                on connect4 {
                  allow if remote.port == 1 within few else deny
                  allow if remote.port == 2 within one else deny
                  default deny
                }
                """.formatted(burst, burst);
    }

    /**
     * While no time passes, the order does not matter: each bucket gives exactly the tokens that it
     * holds.
     */
    @ParameterizedTest
    @MethodSource("machines")
    void aBucketGivesEachTokenOnce(ByteOrder order, int second) {
        for (int burst : new int[] {1, 2, 5}) {
            Compilation compilation = compile(rate(burst), order);
            Rate few = compilation.policy().state().rates().get(0);
            for (int seed = 0; seed < INTERLEAVINGS; seed++) {
                SplittableRandom random = new SplittableRandom(seed);
                StateMaps maps = StateMaps.of(compilation.object(), 2);
                List<DecidedRequest> asked = new Race(compilation, maps, random, second, 0)
                        .run(requests(random, 2, 3), requests(random, 2, 3));
                Map<Long, Integer> tries = new HashMap<>();
                Map<Long, Integer> given = new HashMap<>();
                for (DecidedRequest one : asked) {
                    boolean keyed = ((Request.AtAddress) one.request()).port() == 1;
                    long bucket = keyed ? one.request().actor().uid() : -1;
                    tries.merge(bucket, 1, Integer::sum);
                    given.merge(bucket, one.allowed() ? 1 : 0, Integer::sum);
                }
                Map<Long, Integer> due = new HashMap<>();
                tries.forEach((bucket, number) -> due.put(bucket, Math.min(burst, number)));
                assertThat(given).as("seed %d, burst %d", seed, burst).isEqualTo(due);
                assertThat(maps.buckets(few)).hasSize((int)
                        tries.keySet().stream().filter(uid -> uid >= 0).count());
                assertThat(maps.shared(few)).isZero();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("machines")
    void tokensDifferFromTheReferenceByAtMostOnePerCpu(ByteOrder order, int second) {
        int refused = 0;
        for (int burst : new int[] {1, 3}) {
            Compilation compilation = compile(rate(burst), order);
            for (int seed = 0; seed < INTERLEAVINGS; seed++) {
                SplittableRandom random = new SplittableRandom(seed);
                StateMaps maps = StateMaps.of(compilation.object(), 2);
                List<DecidedRequest> asked = new Race(compilation, maps, random, second, INTERVAL)
                        .run(requests(random, 1, 1), requests(random, 1, 1));
                Buckets buckets = new Buckets();
                EvaluationContext situation = new EvaluationContext(Map.of(), StateContent.EMPTY, buckets);
                int due = 0;
                for (DecidedRequest one : asked) {
                    buckets.pass(one.time() - buckets.now());
                    boolean allows = Reference.decide(compilation.policy(), situation, one.request())
                            .verdict()
                            .allows();
                    due += allows ? 1 : 0;
                }
                long taken = asked.stream().filter(DecidedRequest::allowed).count();
                assertThat(taken).as("seed %d, burst %d", seed, burst).isBetween(due - 2L, due + 2L);
                refused += asked.size() - (int) taken;
            }
        }
        assertThat(refused).isPositive();
    }
}
