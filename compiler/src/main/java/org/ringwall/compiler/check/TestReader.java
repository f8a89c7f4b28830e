package org.ringwall.compiler.check;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.ast.Item;
import org.ringwall.compiler.ast.TestCase;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.ast.Verdict;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.PolicyTest;
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
    private final Map<String, Span> sentences = new HashMap<>();

    /** `asked` are the hooks at which some block of the policy is asked. */
    TestReader(Declarations declarations, VerdictReader verdicts, Findings findings, Set<Hook> asked) {
        this.declarations = declarations;
        this.verdicts = verdicts;
        this.findings = findings;
        this.asked = Set.copyOf(asked);
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
        Optional<Actor> actor =
                line.identity().isPresent() ? actor(line.identity().get()) : Optional.of(Actor.ORDINARY);
        Optional<List<Request>> requests =
                line.probe().accept(new ProbeReader(actor.orElse(Actor.ORDINARY), verdicts, findings));
        Optional<Map<Param, Long>> params = params(line.bindings());
        boolean loose = !(line.expected() instanceof Verdict.Deny deny && deny.errno().isPresent());
        Optional<org.ringwall.compiler.policy.Verdict> expected = line.expected() instanceof Verdict.Deny deny
                ? verdicts.deny(deny.errno())
                : Optional.of(org.ringwall.compiler.policy.Verdict.ALLOW);
        if (actor.isEmpty() || requests.isEmpty() || params.isEmpty() || expected.isEmpty()) {
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
        PolicyTest.Expectation expectation = new PolicyTest.Expectation(expected.get(), loose, Optional.empty());
        return Optional.of(new PolicyTest.Case(probe, params.get(), expectation, line.span()));
    }

    private Optional<Actor> actor(TestCase.Identity identity) {
        Optional<Long> uid = id(identity.uid());
        Optional<Long> gid = identity.gid().isPresent() ? id(identity.gid().get()) : Optional.of(Actor.ORDINARY.gid());
        return uid.flatMap(user -> gid.map(group -> new Actor(user, group)));
    }

    private Optional<Long> id(Value.Literal literal) {
        return NumberText.read(literal.text(), FieldType.ID).orReport(findings, literal.span());
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
        if (number.isPresent() && (number.get() < param.min() || number.get() > param.max())) {
            findings.add(DeclarationReader.outside(value, param.name(), param.min(), param.max())
                    .note(param.span(), "`%s` is declared here".formatted(param.name())));
            return Optional.empty();
        }
        return number;
    }
}
