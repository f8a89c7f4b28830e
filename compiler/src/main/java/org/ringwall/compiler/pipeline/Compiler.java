// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Release;
import org.ringwall.compiler.ast.PolicyFile;
import org.ringwall.compiler.codegen.Target;
import org.ringwall.compiler.diagram.DiagramStrategy;
import org.ringwall.compiler.diagram.DiagramTooLargeException;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.diagram.PolicyStrings;
import org.ringwall.compiler.diagram.TooManyPatternsException;
import org.ringwall.compiler.emit.MapIndexes;
import org.ringwall.compiler.emit.ObjectEmitter;
import org.ringwall.compiler.emit.RefusedCodeException;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.sema.CheckResult;
import org.ringwall.compiler.sema.Options;
import org.ringwall.compiler.sema.PolicyChecker;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.SourceFiles;
import org.ringwall.compiler.source.Suppressions;
import org.ringwall.compiler.syntax.ParseResult;
import org.ringwall.compiler.syntax.PolicyParser;

/** The pipeline: text → ast → typed policy → decision diagrams → IR → code → object → ELF. */
public final class Compiler {
    /** The name and version that are stored in objects. */
    public static final String TOOL = "ringwallc " + Release.VERSION;

    private final Settings settings;
    private final ReadFiles files;
    private final List<Diagnostic> diagnostics = new ArrayList<>();

    private Compiler(Settings settings, SourceFiles files) {
        this.settings = settings;
        this.files = new ReadFiles(files);
    }

    /** Compiles a policy that names no other file. */
    public static CompileResult compile(SourceFile source, Settings settings) {
        return compile(source, SourceFiles.NONE, settings);
    }

    /** Compiles a policy with the files that it names. */
    public static CompileResult compile(SourceFile source, SourceFiles files, Settings settings) {
        return new Compiler(settings, files).result(source);
    }

    private CompileResult result(SourceFile source) {
        Optional<Compilation> compilation = compile(source);
        List<SourceFile> policies = new ArrayList<>(List.of(source));
        files.files().stream().filter(file -> file.name().endsWith(".wall")).forEach(policies::add);
        return new CompileResult(Suppressions.apply(diagnostics, policies), compilation, files.files());
    }

    private Optional<Compilation> compile(SourceFile source) {
        ParseResult parsed = PolicyParser.parse(source);
        diagnostics.addAll(parsed.diagnostics());
        Optional<PolicyFile> tree = parsed.file().map(this::withIncludes).map(this::withParams);
        // After a file that could not be read, every use of its names would be an error too.
        Optional<Policy> policy = CompileResult.failed(diagnostics) ? Optional.empty() : tree.flatMap(this::check);
        if (policy.isEmpty() || CompileResult.failed(diagnostics)) {
            return Optional.empty();
        }
        return backEnd(tree.orElseThrow(), policy.orElseThrow());
    }

    private PolicyFile withIncludes(PolicyFile tree) {
        Includes includes = new Includes(files);
        PolicyFile merged = includes.merge(tree);
        diagnostics.addAll(includes.diagnostics());
        return merged;
    }

    private PolicyFile withParams(PolicyFile tree) {
        ParamDefaults defaults = new ParamDefaults(settings.params());
        PolicyFile changed = defaults.apply(tree);
        diagnostics.addAll(defaults.diagnostics());
        return changed;
    }

    private Optional<Policy> check(PolicyFile tree) {
        CheckResult checked = PolicyChecker.check(tree, new Options(settings.targets(), settings.order()), files);
        diagnostics.addAll(checked.diagnostics());
        return checked.policy();
    }

    private Optional<Compilation> backEnd(PolicyFile tree, Policy policy) {
        Optional<DiagramStrategy> chosen = strategy(policy);
        return chosen.isEmpty() ? Optional.empty() : backEnd(tree, policy, chosen.get());
    }

    private Optional<Compilation> backEnd(PolicyFile tree, Policy policy, DiagramStrategy strategy) {
        Target target = new Target(oldest(policy), settings.order());
        Programs programs = strategy.programs(
                diagrams -> Programs.of(policy, diagrams, target),
                made -> made.tooLarge().keySet());
        PolicyDiagrams exact = strategy.exact().on(target.oldest(), policy);
        diagnostics.addAll(Unreachable.warnings(policy, exact));
        diagnostics.addAll(WholePolicy.diagnostics(policy, exact));
        diagnostics.addAll(programs.tooLarge().values());
        return CompileResult.failed(diagnostics) ? Optional.empty() : written(tree, policy, exact, programs, target);
    }

    private Optional<DiagramStrategy> strategy(Policy policy) {
        try {
            return Optional.of(DiagramStrategy.of(policy, PolicyStrings.of(policy)));
        } catch (TooManyPatternsException e) {
            List<Rule> rules = e.block().rules();
            diagnostics.add(Diagnostic.of(
                            Code.TOO_MANY_PATTERNS,
                            rules.get(rules.size() - 1).span(),
                            "the patterns of `%s` do not fit into one program"
                                    .formatted(e.field().text()))
                    .help("write fewer globs with `*` in the middle, or use prefixes instead"));
            return Optional.empty();
        } catch (DiagramTooLargeException e) {
            diagnostics.add(TooLarge.diagnostic(policy, e.hook()));
            return Optional.empty();
        }
    }

    private Optional<Compilation> written(
            PolicyFile tree, Policy policy, PolicyDiagrams exact, Programs plain, Target target) {
        BpfObject object;
        Programs programs = plain;
        MapIndexes indexes;
        try {
            object = emitted(policy, plain, MapIndexes.NONE, target);
            indexes = MapIndexes.of(object, target.oldest());
            if (!indexes.isEmpty()) {
                programs = plain.with(indexes, policy, target);
                diagnostics.addAll(programs.tooLarge().values());
                object = emitted(policy, programs, indexes, target);
            }
        } catch (RefusedCodeException e) {
            if (!e.isTooLarge()) {
                throw e;
            }
            diagnostics.add(TooLarge.ofCode(policy, e.hook(), "is too large for the kernel's verifier"));
            return Optional.empty();
        }
        diagnostics.addAll(DataLimit.exceeded(object, policy.blocks().get(0).span(), target.oldest()));
        diagnostics.addAll(MapLimit.exceeded(policy, object, indexes, target.oldest()));
        if (CompileResult.failed(diagnostics)) {
            return Optional.empty();
        }
        ElfFile file = new ElfFile(policy, programs.diagrams(), object, target.order());
        return Optional.of(new Compilation(
                tree,
                policy,
                target.oldest(),
                exact,
                programs.diagrams(),
                programs.routines(),
                programs.code(),
                object,
                file));
    }

    private BpfObject emitted(Policy policy, Programs programs, MapIndexes indexes, Target target) {
        return ObjectEmitter.emit(
                policy, files.files(), programs.code(), indexes, TOOL, target.order(), target.oldest());
    }

    private KernelVersion oldest(Policy policy) {
        KernelVersion named =
                settings.targets().stream().min(Comparator.naturalOrder()).orElse(KernelVersion.V5_10);
        return policy.requires().map(named::max).orElse(named);
    }
}
