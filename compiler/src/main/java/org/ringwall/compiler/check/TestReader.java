package org.ringwall.compiler.check;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.ReturnBit;
import org.ringwall.compiler.ast.Item;
import org.ringwall.compiler.ast.Name;
import org.ringwall.compiler.ast.TestCase;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.ast.Verdict;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.PolicyTest;
import org.ringwall.compiler.policy.StateContent;
import org.ringwall.compiler.request.Actor;
import org.ringwall.compiler.request.Probe;
import org.ringwall.compiler.request.Request;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DidYouMean;
import org.ringwall.compiler.source.Span;

/** Reads the tests of a policy. */
final class TestReader {
    private final Declarations declarations;
    private final VerdictReader verdicts;
    private final Findings findings;
    private final Set<Hook> asked;
    private final ByteOrder order;
    private final Map<String, Span> sentences = new HashMap<>();

    /** `asked` are the hooks at which some block of the policy is asked, `order` is that of the machine that tests speak of. */
    TestReader(Declarations declarations, VerdictReader verdicts, Findings findings, Set<Hook> asked, ByteOrder order) {
        this.declarations = declarations;
        this.verdicts = verdicts;
        this.findings = findings;
        this.asked = Set.copyOf(asked);
        this.order = order;
    }

    /** The test; empty if anything in it is wrong. */
    Optional<PolicyTest> read(Item.Test test) {
        Span at = test.sentence().span();
        Optional<Span> first =
                Optional.ofNullable(sentences.putIfAbsent(test.sentence().value(), at));
        first.ifPresent(span -> findings.add(
                Diagnostic.of(Code.DUPLICATE_TEST, at, "two tests are called %s".formatted("`" + at.text() + "`"))
                        .help("reports tell tests apart by their sentences; change one")
                        .note(span, "the first one is here")));
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
        Optional<Map<Param, Long>> params = params(line.bindings());
        Optional<org.ringwall.compiler.policy.Verdict> expected = expected(line.expected());
        if (actor.isEmpty() || requests.isEmpty() || params.isEmpty() || expected.isEmpty()) {
            return Optional.empty();
        }
        if (OwnerReader.contradicts(line, findings)) {
            return Optional.empty();
        }
        Probe probe = new Probe(line.probe().span().text(), requests.get());
        if (probe.requests().stream().map(Request::hook).noneMatch(asked::contains)) {
            findings.add(Diagnostic.of(
                            Code.UNASKED_PROBE,
                            line.probe().span(),
                            "this policy says nothing about `%s`".formatted(probe.text()))
                    .help("what no block is asked about is allowed; add a block, or leave the line out"));
        }
        if (line.effects().isEmpty()) {
            return Optional.of(tested(line, probe, params.get(), expected.get(), Optional.empty()));
        }
        List<Hook> hooks = probe.requests().stream().map(Request::hook).toList();
        return EffectReader.inTest(probe.text(), hooks, declarations, findings)
                .read(line.effects().get())
                .map(effects -> tested(line, probe, params.get(), expected.get(), Optional.of(effects)));
    }

    private static PolicyTest.Case tested(
            TestCase line,
            Probe probe,
            Map<Param, Long> params,
            org.ringwall.compiler.policy.Verdict expected,
            Optional<List<Effect>> effects) {
        boolean loose = line.expected().word().isEmpty() && effects.isEmpty();
        Optional<List<Effect>> written = effects.map(
                all -> all.stream().map(effect -> effect.with(params)).toList());
        return new PolicyTest.Case(
                probe,
                params,
                StateContent.EMPTY,
                0,
                new PolicyTest.Expectation(expected, loose, written, Optional.empty()),
                line.span());
    }

    /** Behind `allow` a modifier may stand, and behind `deny` an errno or a modifier. */
    private Optional<org.ringwall.compiler.policy.Verdict> expected(Verdict verdict) {
        boolean allows = verdict instanceof Verdict.Allow;
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
        findings.add(Diagnostic.of(
                        Code.BAD_PROBE, word.span(), "`%s` does not belong behind `=> %s`".formatted(word.text(), verb))
                .help("write `=> %s`".formatted(verb)));
    }

    private Optional<Map<Param, Long>> params(List<TestCase.Binding> bindings) {
        Map<Param, Long> values = new LinkedHashMap<>();
        Map<String, Span> seen = new HashMap<>();
        boolean whole = true;
        for (TestCase.Binding binding : bindings) {
            String name = binding.param().text();
            Optional<Span> first =
                    Optional.ofNullable(seen.putIfAbsent(name, binding.param().span()));
            if (first.isPresent()) {
                findings.add(Diagnostic.of(
                                Code.DUPLICATE_BINDING, binding.param().span(), "`%s` has two values".formatted(name))
                        .help("leave one of them out")
                        .note(first.get(), "the first one is here"));
                whole = false;
                continue;
            }
            Optional<Param> param = param(binding);
            Optional<Long> value = param.flatMap(found -> value(found, binding.value()));
            value.ifPresent(number -> values.put(param.orElseThrow(), number));
            whole &= value.isPresent();
        }
        return whole ? Optional.of(values) : Optional.empty();
    }

    private Optional<Param> param(TestCase.Binding binding) {
        String name = binding.param().text();
        Optional<Declarations.Declared> declared = declarations.find(name);
        if (declared.isPresent() && declared.get() instanceof Declarations.Declared.OfParam param) {
            return Optional.of(param.param());
        }
        if (declared.isPresent() && declared.get() instanceof Declarations.Declared.Failed) {
            return Optional.empty();
        }
        List<String> params = declarations.params().stream().map(Param::name).toList();
        Diagnostic unknown =
                Diagnostic.of(Code.UNKNOWN_NAME, binding.param().span(), "no param is named `%s`".formatted(name));
        findings.add(unknown.help(DidYouMean.help(name, params)
                .orElse(
                        params.isEmpty()
                                ? "this policy has no params"
                                : "its params are `%s`".formatted(String.join("`, `", params)))));
        return Optional.empty();
    }

    private Optional<Long> value(Param param, Value value) {
        Optional<Long> number = DeclarationReader.plainNumber(value, param.type(), findings);
        boolean inside = number.filter(one ->
                        Long.compareUnsigned(param.min(), one) <= 0 && Long.compareUnsigned(one, param.max()) <= 0)
                .isPresent();
        if (number.isPresent() && !inside) {
            findings.add(DeclarationReader.outside(value, param.name(), param.min(), param.max())
                    .note(param.span(), "`%s` is declared here".formatted(param.name())));
            return Optional.empty();
        }
        return number;
    }
}
