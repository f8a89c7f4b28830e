// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.test;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.ReturnBit;
import org.ringwall.compiler.ast.Item;
import org.ringwall.compiler.ast.Name;
import org.ringwall.compiler.ast.TestCase;
import org.ringwall.compiler.ast.Verdict;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.Probe;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.PolicyTest;
import org.ringwall.compiler.policy.Reason;
import org.ringwall.compiler.sema.guard.Declarations;
import org.ringwall.compiler.sema.rule.EffectReader;
import org.ringwall.compiler.sema.rule.Reasons;
import org.ringwall.compiler.sema.rule.RedirectReader;
import org.ringwall.compiler.sema.rule.VerdictReader;
import org.ringwall.compiler.sema.text.DurationText;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Span;

/** A reader of the tests of a policy. */
public final class TestReader {
    private final Declarations declarations;
    private final VerdictReader verdicts;
    private final Findings findings;
    private final Set<Hook> invoked;
    private final ByteOrder order;
    private final Map<String, Span> sentences = new HashMap<>();

    /**
     * Creates a reader; `invoked` are the hooks of all blocks of the policy, `order` is the byte
     * order of the machine that tests describe.
     */
    public TestReader(
            Declarations declarations, VerdictReader verdicts, Findings findings, Set<Hook> invoked, ByteOrder order) {
        this.declarations = declarations;
        this.verdicts = verdicts;
        this.findings = findings;
        this.invoked = Set.copyOf(invoked);
        this.order = order;
    }

    /** Reads the test; empty if anything in it is wrong. */
    public Optional<PolicyTest> read(Item.Test test) {
        Span at = test.sentence().span();
        Optional<Span> first =
                Optional.ofNullable(sentences.putIfAbsent(test.sentence().value(), at));
        first.ifPresent(span -> findings.add(
                Diagnostic.of(Code.DUPLICATE_TEST, at, "two tests have the name %s".formatted("`" + at.text() + "`"))
                        .help("change one of them; reports distinguish tests by their names")
                        .note(span, "the first one is here")));
        if (test.sentence().value().codePoints().anyMatch(Character::isISOControl)) {
            findings.add(Diagnostic.of(Code.BAD_STRING, at, "the name of a test contains a control character")
                    .help("write one line of text"));
        }
        if (test.cases().isEmpty()) {
            findings.add(Diagnostic.of(Code.EMPTY_TEST, at, "this test has no attempts, so it always passes")
                    .help("write attempts, as in `connect tcp 192.0.2.1:443 => allow`, or remove the test"));
        }
        List<PolicyTest.Case> cases = new ArrayList<>();
        boolean whole = first.isEmpty();
        for (TestCase line : test.cases()) {
            Optional<PolicyTest.Case> one = line(line);
            one.ifPresent(cases::add);
            whole &= one.isPresent();
        }
        return whole ? Optional.of(new PolicyTest(test.sentence().value(), cases, test.span())) : Optional.empty();
    }

    private Optional<PolicyTest.Case> line(TestCase line) {
        Optional<Actor> actor = new ActorReader(findings).read(line.identity());
        Optional<List<Request>> requests =
                line.probe().accept(new ProbeReader(actor.orElse(Actor.ORDINARY), order, verdicts, findings));
        Optional<ContentReader.Content> content = new ContentReader(declarations, findings).read(line.bindings());
        Optional<Long> after = line.after().isEmpty()
                ? Optional.of(0L)
                : DurationText.read(line.after().get().text())
                        .orReport(findings, line.after().get().span());
        Optional<org.ringwall.compiler.policy.Verdict> expected = expected(line.expected());
        if (actor.isEmpty() || requests.isEmpty() || content.isEmpty() || after.isEmpty() || expected.isEmpty()) {
            return Optional.empty();
        }
        if (OwnerReader.contradicts(line, findings)) {
            return Optional.empty();
        }
        Probe probe = new Probe(line.probe().span().text(), requests.get());
        if (probe.requests().stream().map(Request::hook).noneMatch(invoked::contains)) {
            findings.add(Diagnostic.of(
                            Code.UNASKED_PROBE,
                            line.probe().span(),
                            "no block of this policy covers `%s`".formatted(probe.text()))
                    .help("add a block, or remove this line; attempts that no block covers are allowed"));
        }
        return expectation(line, probe, expected.get(), content.get().params())
                .map(expectation -> new PolicyTest.Case(
                        probe,
                        attempt(line),
                        content.get().params(),
                        content.get().state(),
                        after.get(),
                        expectation,
                        line.span()));
    }

    /** Returns the text before `=>`, in one line. */
    private static String attempt(TestCase line) {
        Span whole = line.span();
        String before = new Span(
                        whole.file(), whole.start(), line.expected().span().start())
                .text()
                .strip();
        return before.substring(0, before.length() - "=>".length()).strip().replaceAll("\\s*\\n\\s*", " ");
    }

    private Optional<PolicyTest.Expectation> expectation(
            TestCase line, Probe probe, org.ringwall.compiler.policy.Verdict expected, Map<Param, Long> params) {
        List<Hook> hooks = probe.requests().stream().map(Request::hook).toList();
        Optional<Optional<Effect>> led = line.expected() instanceof Verdict.Redirect redirect
                ? new RedirectReader(declarations, findings)
                        .inTest(redirect, probe.text(), hooks)
                        .map(Optional::of)
                : Optional.of(Optional.empty());
        Optional<List<Effect>> named = line.effects().isEmpty()
                ? Optional.of(List.of())
                : EffectReader.inTest(probe.text(), hooks, declarations, findings)
                        .read(line.effects().get());
        Optional<Optional<Reason>> because = line.because().isEmpty()
                ? Optional.of(Optional.empty())
                : Reasons.read(line.because().get(), findings).map(Optional::of);
        if (led.isEmpty() || named.isEmpty() || because.isEmpty()) {
            return Optional.empty();
        }
        boolean plain = line.expected().word().isEmpty();
        List<Effect> effects = Stream.concat(led.get().stream(), named.get().stream())
                .map(effect -> effect.with(params))
                .toList();
        boolean compared = led.get().isPresent() || line.effects().isPresent();
        return Optional.of(new PolicyTest.Expectation(
                expected,
                plain && line.effects().isEmpty(),
                plain && !expected.allows(),
                compared ? Optional.of(effects) : Optional.empty(),
                because.get()));
    }

    /** Reads a verdict: `allow` may have a modifier, and `deny` an errno or a modifier. */
    private Optional<org.ringwall.compiler.policy.Verdict> expected(Verdict verdict) {
        boolean allows = verdict.allows();
        Optional<ReturnBit> bit = verdict.word().flatMap(VerdictReader::bit);
        org.ringwall.compiler.policy.Verdict plain =
                allows ? org.ringwall.compiler.policy.Verdict.ALLOW : org.ringwall.compiler.policy.Verdict.DENY;
        if (bit.isPresent() && (allows || bit.get() == ReturnBit.CONGESTION)) {
            return Optional.of(plain.with(bit.get()));
        }
        if (verdict.word().isEmpty() || !allows && bit.isEmpty()) {
            return allows ? Optional.of(plain) : verdicts.deny(verdict.word());
        }
        refuseModifier(verdict, verdict.word().get());
        return Optional.empty();
    }

    private void refuseModifier(Verdict verdict, Name word) {
        String verb = verdict instanceof Verdict.Allow ? "allow" : "deny";
        findings.add(
                Diagnostic.of(Code.BAD_PROBE, word.span(), "`%s` cannot follow `=> %s`".formatted(word.text(), verb))
                        .help("write `=> %s`".formatted(verb)));
    }
}
