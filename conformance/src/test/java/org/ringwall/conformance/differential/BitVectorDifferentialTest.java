// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.RuleForm;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.CompileResult;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.reference.Reference;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.testrunner.EmittedPolicy;
import org.ringwall.compiler.value.U128;
import org.ringwall.conformance.generate.GeneratedPolicy;
import org.ringwall.conformance.generate.RandomChoices;

/** A test that reference and machine agree when rules are combined as bit vectors. */
class BitVectorDifferentialTest {
    private static final int ASKED = 2_000;

    private final Random random = new Random(11);

    /**
     * Combines rules wherever it is possible, however few there are and whatever rules are between
     * them.
     */
    @ByteOrders
    void generatedIntersectionsDecideAsTheReference(ByteOrder order) {
        Differential asks = Differential.ofProperties(100);
        Differential run = new Differential(asks.seed(), Math.max(20, asks.policies() / 10), asks.requests(), order);
        AtomicInteger put = new AtomicInteger();
        Meaning together = MachineMeaning.madeBy(
                (policy, target) -> MachineMeaning.inForm(RuleForm.BIT_VECTORS, policy, target), put);
        assertThat(run.compare(Meanings.REFERENCE, together)).isEqualTo((long) run.policies() * run.requests());
        assertThat(put.get()).isGreaterThan(run.policies() / 4);
    }

    /** Sixty rules with overlapping ranges of five fields, too many for a diagram. */
    @Test
    void rulesOverFiveFieldsDecideAsTheReference() {
        Compilation compiled = compiled(
                "connect4",
                60,
                i -> "%s if remote.ip in %s and remote.port in %s and uid in %s and gid in %s and pid in %s"
                        .formatted(verdict(), addresses(), half(0xffff), half(1_000), half(1_000), half(30_000)));
        assertThat(compiled.object().programs().get(0).slots()).isLessThan(1_000);
        assertThat(denied(compiled)).isBetween(ASKED / 40, ASKED - ASKED / 40);
    }

    /** A thousand rules, each with narrow ranges of its own. */
    @Test
    void aThousandRulesOverFiveFieldsDecideAsTheReference() {
        Compilation compiled = compiled(
                "connect4",
                1_000,
                i -> "%s if remote.ip in %s and remote.port in %s and uid in %s and gid in %s and proto == %s"
                        .formatted(
                                verdict(),
                                addresses(),
                                range(0xffff),
                                range(60_000),
                                range(60_000),
                                i % 3 == 0 ? "udp" : "tcp"));
        assertThat(compiled.object().programs().get(0).slots()).isLessThan(1_800);
        assertThat(denied(compiled)).isPositive();
    }

    /**
     * Addresses of 128 bits are two fields, and the upper field's top bit is tested separately;
     * each errno is an outcome of its own.
     */
    @Test
    void prefixesOfVersionSixDecideAsTheReference() {
        Compilation compiled = compiled(
                "connect6",
                80,
                i ->
                        "%s if remote.ip in { %s, %x00::/8 } and remote.port in %s and uid in %s and gid in %s and pid in %s"
                                .formatted(
                                        i % 5 == 0 ? "deny ENETUNREACH" : verdict(),
                                        addresses(),
                                        random.nextInt(0x10, 0x100),
                                        half(0xffff),
                                        half(1_000),
                                        half(1_000),
                                        half(30_000)));
        assertThat(denied(compiled)).isPositive();
    }

    /**
     * Destination `::` is judged as ::1 and as 127.0.0.1, of which each has as many rules of its
     * own.
     */
    @Test
    void anyAddressIsJudgedAsBothOfItsDestinations() {
        Compilation compiled = compiled(
                "connect6",
                61,
                i -> "%s if remote.ip in { %s } and remote.port in %s and uid in %s and gid in %s and pid in %s"
                        .formatted(
                                verdict(),
                                i == 0 ? "::1, 127.0.0.1" : i % 2 == 0 ? "::1" : "127.0.0.1",
                                half(0xffff),
                                half(1_000),
                                half(1_000),
                                half(30_000)));
        int denied = denied(
                compiled,
                drawn -> drawn instanceof Request.AtAddress at
                        ? new Request.AtAddress(
                                at.hook(),
                                new RawAddress(false, U128.ZERO),
                                at.port(),
                                at.source(),
                                at.protocol(),
                                at.type(),
                                at.actor())
                        : drawn);
        assertThat(denied).isBetween(ASKED / 40, ASKED - ASKED / 40);
    }

    private Compilation compiled(String hook, int rules, IntFunction<String> rule) {
        String text = IntStream.range(0, rules)
                .mapToObj(i -> "  " + rule.apply(i) + "\n")
                .collect(Collectors.joining(
                        "", "policy many\nrequires kernel 6.1\non " + hook + " {\n", "  default allow\n}\n"));
        Settings settings = new Settings(Settings.DEFAULT.targets(), ByteOrder.LITTLE_ENDIAN, Map.of());
        CompileResult result = Compiler.compile(new SourceFile("many.wall", text), settings);
        Compilation compiled = result.compilation()
                .orElseThrow(() -> new AssertionError(DiagnosticRenderer.render(result.diagnostics())));
        assertThat(compiled.lowered().decisions()).anyMatch(HookDecision::intersects);
        return compiled;
    }

    /** Compares many requests with the reference; returns how many are denied. */
    private static int denied(Compilation compiled) {
        return denied(compiled, UnaryOperator.identity());
    }

    private static int denied(Compilation compiled, UnaryOperator<Request> change) {
        GeneratedPolicy policy = new GeneratedPolicy(compiled.policy());
        EmittedPolicy emitted = EmittedPolicy.load(compiled.object(), Map.of(), compiled.oldestKernel());
        List<Request> requests = policy.requests(new RandomChoices(5), Map.of(), ASKED);
        Meaning.Answers reference = Meanings.REFERENCE.of(compiled.policy(), Map.of(), ByteOrder.LITTLE_ENDIAN);
        int denied = 0;
        for (Request drawn : requests) {
            Request request = change.apply(drawn);
            assertThat(emitted.answer(request)).as(request.toString()).isEqualTo(reference.to(request));
            denied += Reference.decide(compiled.policy(), Map.of(), request)
                            .verdict()
                            .allows()
                    ? 0
                    : 1;
        }
        return denied;
    }

    private String verdict() {
        return random.nextBoolean() ? "allow" : "deny";
    }

    private String addresses() {
        long one = random.nextLong(1L << 32);
        long other = random.nextLong(1L << 32);
        return address(Math.min(one, other)) + ".." + address(Math.max(one, other));
    }

    private static String address(long bits) {
        return IntStream.of(24, 16, 8, 0)
                .mapToObj(shift -> String.valueOf(bits >>> shift & 0xff))
                .collect(Collectors.joining("."));
    }

    private String range(int max) {
        int low = random.nextInt(1, max - 1);
        return low + ".." + random.nextInt(low, max);
    }

    private String half(int max) {
        int low = random.nextInt(1, max / 2 + 1);
        return low + ".." + (low + max / 2);
    }
}
