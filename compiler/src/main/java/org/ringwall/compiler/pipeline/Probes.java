// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.compiler.ast.Item;
import org.ringwall.compiler.ast.PolicyFile;
import org.ringwall.compiler.ast.TestCase;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.PolicyTest;
import org.ringwall.compiler.report.Diagnostic.Severity;
import org.ringwall.compiler.sema.CheckResult;
import org.ringwall.compiler.sema.Options;
import org.ringwall.compiler.sema.PolicyChecker;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Note;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.SourceFiles;
import org.ringwall.compiler.source.Span;
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
     * @param source the name of the probes in diagnostics, whose positions count from the beginning
     *     of a probe
     * @param files the files of the compilation; they must not have changed
     */
    public static Probes check(
            Compilation compilation, SourceFiles files, Settings settings, String source, List<String> probes) {
        List<Diagnostic> found = new ArrayList<>();
        List<TestCase> cases = new ArrayList<>();
        List<Item.Test> tests = new ArrayList<>();
        Map<SourceFile, SourceFile> texts = new HashMap<>();
        for (String probe : probes) {
            SourceFile text = new SourceFile(source, BEFORE + probe + AFTER);
            texts.put(text, new SourceFile(source, probe));
            ParseResult parsed = PolicyParser.parse(text);
            found.addAll(syntaxErrors(text, probe, parsed.diagnostics()));
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
            return new Probes(inProbes(found, texts), Optional.empty());
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
                        || texts.containsKey(each.at().file()))
                .forEach(found::add);
        return new Probes(inProbes(found, texts), checked.policy());
    }

    /** Moves the places of diagnostics from the texts that were parsed to the probes in them. */
    private static List<Diagnostic> inProbes(List<Diagnostic> found, Map<SourceFile, SourceFile> texts) {
        return found.stream()
                .map(each -> new Diagnostic(
                        each.code(),
                        each.message(),
                        inProbe(each.at(), texts),
                        each.label(),
                        each.help(),
                        each.notes().stream()
                                .map(note -> new Note(note.message(), note.at().map(at -> inProbe(at, texts))))
                                .toList()))
                .toList();
    }

    /** Returns the place in the probe; the end of the probe for what is after it. */
    private static Span inProbe(Span at, Map<SourceFile, SourceFile> texts) {
        SourceFile probe = texts.get(at.file());
        if (probe == null) {
            return at;
        }
        int length = probe.text().length();
        int start = Math.min(Math.max(at.start() - BEFORE.length(), 0), length);
        int end = Math.min(Math.max(at.end() - BEFORE.length(), 0), length);
        return probe.span(start, end);
    }

    /**
     * Returns the syntax errors of a probe, without those that follow from the text around it and
     * without words about the verdict of a test line, which a probe does not have.
     */
    private static List<Diagnostic> syntaxErrors(SourceFile text, String probe, List<Diagnostic> found) {
        if (found.isEmpty()) {
            return found;
        }
        int start = BEFORE.length();
        int end = start + probe.length();
        if (PolicyParser.parse(new SourceFile(text.name(), BEFORE + probe + "\n}\n"))
                .file()
                .filter(Probes::isOneProbe)
                .isPresent()) {
            int arrow = start + probe.lastIndexOf("=>");
            return List.of(Diagnostic.of(Code.UNEXPECTED, text.span(arrow, end), "a probe has no verdict")
                    .help("remove `" + text.span(arrow, end).text() + "`"));
        }
        List<Diagnostic> inside =
                found.stream().filter(each -> each.at().start() < end).toList();
        if (inside.isEmpty()) {
            Diagnostic first = found.get(0);
            return List.of(Diagnostic.of(Code.UNEXPECTED, text.span(end, end), "the probe ends too early")
                    .help(first.help().map(Probes::withoutVerdict)));
        }
        return inside.stream().map(each -> syntaxError(each, text, end)).toList();
    }

    private static Diagnostic syntaxError(Diagnostic error, SourceFile text, int end) {
        Optional<String> help = error.help().map(Probes::withoutVerdict);
        String rest = text.span(error.at().start(), end).text();
        if (!error.message().startsWith("expected `=>`") || rest.isBlank()) {
            return new Diagnostic(error.code(), error.message(), error.at(), error.label(), help, error.notes());
        }
        int from = end - rest.stripLeading().length();
        return Diagnostic.of(error.code(), text.span(from, end), "`" + rest.strip() + "` is not part of the probe")
                .help("remove it; " + help.orElse("write one probe"));
    }

    private static String withoutVerdict(String help) {
        return help.replace(PolicyParser.VERDICT_HELP, "");
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
