// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ringwall.compiler.ast.Item;
import org.ringwall.compiler.ast.PolicyFile;
import org.ringwall.compiler.ast.TestCase;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.PolicyTest;
import org.ringwall.compiler.sema.CheckResult;
import org.ringwall.compiler.sema.Options;
import org.ringwall.compiler.sema.PolicyChecker;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Severity;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.SourceFiles;
import org.ringwall.compiler.syntax.ParseResult;
import org.ringwall.compiler.syntax.PolicyParser;

/**
 * Probes from outside a compiled policy, such as {@code connect tcp 1.1.1.1:443 as uid 1000},
 * parsed and checked like the lines of one test inside.
 *
 * @param diagnostics what is wrong with the probes; the policy itself has no error
 * @param policy the policy with the probes as its last test; empty after an error
 */
public record Probes(List<Diagnostic> diagnostics, Optional<Policy> policy) {
    private static final String BEFORE = "policy probe\nsockets { default allow }\ntest \"probes\" {\n";
    private static final String AFTER = " => allow\n}\n";

    public Probes {
        diagnostics = List.copyOf(diagnostics);
    }

    /** Returns the test that contains the probes, if they are correct. */
    public Optional<PolicyTest> test() {
        return policy.map(made -> made.tests().get(made.tests().size() - 1));
    }

    /**
     * Checks probes.
     *
     * @param source the name of the probes in diagnostics
     * @param files the files of the compilation; they must not have changed
     */
    public static Probes check(
            Compilation compilation, SourceFiles files, Settings settings, String source, List<String> probes) {
        List<Diagnostic> found = new ArrayList<>();
        List<TestCase> cases = new ArrayList<>();
        List<Item.Test> tests = new ArrayList<>();
        Set<SourceFile> texts = new HashSet<>();
        for (String probe : probes) {
            SourceFile text = new SourceFile(source, BEFORE + probe + AFTER);
            texts.add(text);
            ParseResult parsed = PolicyParser.parse(text);
            found.addAll(parsed.diagnostics());
            parsed.file().ifPresent(file -> {
                if (isOneProbe(file)) {
                    Item.Test test = (Item.Test) file.items().get(1);
                    tests.add(test);
                    cases.addAll(test.cases());
                } else {
                    found.add(notOne(text, probe));
                }
            });
        }
        if (CompileResult.failed(found)) {
            return new Probes(found, Optional.empty());
        }
        Item.Test first = tests.get(0);
        List<Item> items = new ArrayList<>(compilation.tree().items());
        items.add(new Item.Test(first.sentence(), cases, first.span()));
        PolicyFile tree = compilation.tree();
        CheckResult checked = PolicyChecker.check(
                new PolicyFile(tree.monitored(), tree.name(), items, tree.span()),
                new Options(settings.targets(), settings.order()),
                files);
        // The warnings about the policy itself were reported when it was compiled.
        checked.diagnostics().stream()
                .filter(each -> each.severity() == Severity.ERROR
                        || texts.contains(each.at().file()))
                .forEach(found::add);
        return new Probes(found, checked.policy());
    }

    private static boolean isOneProbe(PolicyFile file) {
        return file.items().size() == 2
                && file.items().get(1) instanceof Item.Test test
                && test.cases().size() == 1;
    }

    private static Diagnostic notOne(SourceFile text, String probe) {
        return Diagnostic.of(
                        Code.UNEXPECTED,
                        text.span(BEFORE.length(), BEFORE.length() + probe.length()),
                        "`" + probe + "` is not one attempt")
                .help("write what is before `=>` in one line of a test, such as `connect tcp 1.1.1.1:443`");
    }
}
