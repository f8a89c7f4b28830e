// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.ast.Item;
import org.ringwall.compiler.ast.Name;
import org.ringwall.compiler.ast.PolicyFile;
import org.ringwall.compiler.ast.Statement;
import org.ringwall.compiler.ast.Verdict;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.PolicyTest;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.sema.declaration.DeclarationReader;
import org.ringwall.compiler.sema.declaration.Uses;
import org.ringwall.compiler.sema.guard.Declarations;
import org.ringwall.compiler.sema.rule.BlockReader;
import org.ringwall.compiler.sema.rule.Targets;
import org.ringwall.compiler.sema.rule.VerdictReader;
import org.ringwall.compiler.sema.test.TestReader;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.sema.text.TargetFloor;
import org.ringwall.compiler.sema.text.VersionText;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DidYouMean;
import org.ringwall.compiler.source.SourceFiles;
import org.ringwall.compiler.source.Span;

/** The checker that turns a syntax tree into the typed policy, or reports all errors. */
public final class PolicyChecker {
    /** The maximum length of a policy's name, which is a part of the names of pins and metadata. */
    private static final int LONGEST_NAME = 40;

    private final PolicyFile file;
    private final Options options;
    private final SourceFiles files;
    private final Findings findings = new Findings();

    private PolicyChecker(PolicyFile file, Options options, SourceFiles files) {
        this.file = file;
        this.options = options;
        this.files = files;
    }

    /** Checks a policy that references no other files. */
    public static CheckResult check(PolicyFile file, Options options) {
        return check(file, options, SourceFiles.NONE);
    }

    /** Checks a policy with its includes already merged, and its lists in `files`. */
    public static CheckResult check(PolicyFile file, Options options, SourceFiles files) {
        return new PolicyChecker(file, options, files).check();
    }

    private CheckResult check() {
        if (file.name().text().length() > LONGEST_NAME) {
            findings.add(Diagnostic.of(
                            Code.LONG_NAME,
                            file.name().span(),
                            "the policy's name has %d characters"
                                    .formatted(file.name().text().length()))
                    .help("write at most %d characters; the name is part of the names of pins"
                            .formatted(LONGEST_NAME)));
        }
        Optional<KernelVersion> requires = requires();
        Declarations declarations = DeclarationReader.read(file, files, findings);
        TargetFloor floor = new TargetFloor(findings, !options.targets().isEmpty(), options.effective(requires));
        VerdictReader verdicts = new VerdictReader(findings, floor);
        List<Block> blocks = blocks(declarations, verdicts, floor);
        boolean answers = AnswerReader.read(file, blocks, findings);
        OptionalInt ring = RingSizeReader.read(file, findings);
        List<PolicyTest> tests = tests(declarations, verdicts);
        if (findings.hasErrors()) {
            return new CheckResult(Optional.empty(), findings.inOrder());
        }
        blocks.forEach(block -> PortZero.denied(block).ifPresent(this::warnOfPortZero));
        blocks.forEach(new CallerChosenExemption(findings)::warn);
        warnOfUnused(declarations);
        RingSizeReader.warnOfUnused(file, blocks, findings);
        Policy policy = new Policy(
                file.name().text(),
                file.span().file(),
                requires,
                answers,
                ring,
                declarations.params(),
                declarations.state(),
                blocks,
                tests,
                declarations.sets());
        return new CheckResult(Optional.of(policy), findings.inOrder());
    }

    private Optional<KernelVersion> requires() {
        Optional<Item.Requires> first = Optional.empty();
        Optional<KernelVersion> version = Optional.empty();
        for (Item item : file.items()) {
            if (!(item instanceof Item.Requires requires)) {
                continue;
            }
            if (first.isPresent()) {
                findings.add(Diagnostic.of(Code.TWO_REQUIRES, requires.span(), "a policy has one `requires`")
                        .help("keep the newer one")
                        .note(first.get().span(), "the first one is here"));
                continue;
            }
            first = Optional.of(requires);
            version = VersionText.read(requires.version().text())
                    .orReport(findings, requires.version().span());
            version.ifPresent(needed -> holdToTargets(needed, requires.version().span()));
        }
        return version;
    }

    private void holdToTargets(KernelVersion needed, Span at) {
        options.targets().stream()
                .filter(target -> !target.atLeast(needed))
                .sorted()
                .findFirst()
                .ifPresent(target -> findings.add(Diagnostic.of(
                                Code.REQUIRES_TARGET,
                                at,
                                "the policy requires kernel %s, but a target is %s".formatted(needed, target))
                        .help("remove that target, or write `requires kernel %s`".formatted(target))));
    }

    private List<Block> blocks(Declarations declarations, VerdictReader verdicts, TargetFloor floor) {
        List<Block> blocks = new ArrayList<>();
        Map<String, Span> labels = new HashMap<>();
        boolean any = false;
        for (Item item : file.items()) {
            if (item instanceof Item.IntentBlock block) {
                any = true;
                Intent intent = intent(block);
                block.label().ifPresent(label -> label(intent, label, labels));
                Block.Target target = new Block.Target.OfIntent(intent);
                new BlockReader(target, declarations, verdicts, floor, findings)
                        .read(block.label(), block, file.monitored())
                        .ifPresent(blocks::add);
            } else if (item instanceof Item.HookBlock block) {
                any = true;
                hook(block.hook(), floor)
                        .map(Block.Target.OfHook::new)
                        .flatMap(target -> new BlockReader(target, declarations, verdicts, floor, findings)
                                .read(Optional.empty(), block, file.monitored()))
                        .ifPresent(blocks::add);
            }
        }
        if (!any) {
            findings.add(Diagnostic.of(
                            Code.NO_BLOCKS,
                            file.name().span(),
                            "the policy `%s` has no blocks, so it would enforce nothing"
                                    .formatted(file.name().text()))
                    .help("add a block, as in `egress { default deny }`"));
        }
        return blocks;
    }

    private static Intent intent(Item.IntentBlock block) {
        return switch (block.intent()) {
            case EGRESS -> Intent.EGRESS;
            case BIND -> Intent.BIND;
            case SOCKETS -> Intent.SOCKETS;
            case DEVICES -> Intent.DEVICES;
            case SYSCTL -> Intent.SYSCTL;
            case SOCKOPT -> Intent.SOCKOPT;
            case PACKETS_INGRESS -> Intent.PACKETS_INGRESS;
            case PACKETS_EGRESS -> Intent.PACKETS_EGRESS;
        };
    }

    private void label(Intent intent, Name label, Map<String, Span> labels) {
        String whole = intent.text() + " " + label.text();
        Optional.ofNullable(labels.putIfAbsent(whole, label.span()))
                .ifPresent(first -> findings.add(Diagnostic.of(
                                Code.DUPLICATE_LABEL, label.span(), "two blocks have the label `%s`".formatted(whole))
                        .help("change one of them; reports distinguish blocks by their labels")
                        .note(first, "the first one is here")));
    }

    private Optional<Hook> hook(Name name, TargetFloor floor) {
        Optional<Hook> hook = Hook.ofWord(name.text());
        if (hook.isPresent()) {
            floor.hold(
                    Code.NEWER_KERNEL,
                    name.span(),
                    "the hook `%s`".formatted(name.text()),
                    hook.get().since(),
                    "");
            return hook;
        }
        findings.add(Diagnostic.of(Code.UNKNOWN_HOOK, name.span(), "there is no hook `%s`".formatted(name.text()))
                .help(DidYouMean.help(name.text(), Targets.hookWords())
                        .orElse("write one of `%s`".formatted(String.join("`, `", Targets.hookWords())))));
        return Optional.empty();
    }

    private List<PolicyTest> tests(Declarations declarations, VerdictReader verdicts) {
        TestReader reader = new TestReader(declarations, verdicts, findings, invoked(), options.order());
        List<PolicyTest> tests = new ArrayList<>();
        for (Item item : file.items()) {
            if (item instanceof Item.Test test) {
                reader.read(test).ifPresent(tests::add);
            }
        }
        return tests;
    }

    /** Determined from the tree, so that a block with an error does not count as missing. */
    private Set<Hook> invoked() {
        Set<Hook> invoked = EnumSet.noneOf(Hook.class);
        for (Item item : file.items()) {
            if (item instanceof Item.IntentBlock block) {
                boolean denies = block.statements().stream()
                        .anyMatch(statement -> statement instanceof Statement.Default fallback
                                && fallback.verdict() instanceof Verdict.Deny);
                invoked.addAll(new Block.Target.OfIntent(intent(block)).hooks(denies));
            } else if (item instanceof Item.HookBlock block) {
                Hook.ofWord(block.hook().text()).ifPresent(invoked::add);
            } else if (item instanceof Item.Answer) {
                invoked.addAll(Set.of(Hook.SOCK_OPS, Hook.GETSOCKOPT));
            }
        }
        return invoked;
    }

    private void warnOfPortZero(Rule rule) {
        findings.add(
                Diagnostic.of(
                                Code.BIND_PORT_ZERO,
                                rule.span(),
                                "no rule of this `bind` can allow port 0, with which a process lets the kernel choose a port")
                        .help(
                                "write `allow if local.port == 0` above it if clients bind to port 0; a server can then also listen on such a port"));
    }

    /**
     * Only called if there are no errors, because a misprint in a rule leaves the intended name
     * unused. Declarations of included files may be meant for other policies.
     */
    private void warnOfUnused(Declarations declarations) {
        Set<String> used = Uses.in(file);
        for (String name : declarations.all()) {
            Declarations.Declared declared = declarations.find(name).orElseThrow();
            boolean own = declared.at().file().equals(file.span().file());
            if (own && !used.contains(name)) {
                String kind = declared.kind();
                boolean guards = Set.of("set", "predicate", "param", "live set").contains(kind);
                findings.add(
                        Diagnostic.of(Code.UNUSED_NAME, declared.at(), "no rule uses the %s `%s`".formatted(kind, name))
                                .help(guards ? "use it in a guard, or remove it" : "use it in a rule, or remove it"));
            }
        }
    }
}
