package org.ringwall.compiler.driver;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.asm.Assembly;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.compiler.ast.PolicyFile;
import org.ringwall.compiler.check.CheckResult;
import org.ringwall.compiler.check.Options;
import org.ringwall.compiler.check.PolicyChecker;
import org.ringwall.compiler.codegen.CodeGenerator;
import org.ringwall.compiler.codegen.Target;
import org.ringwall.compiler.diagram.DiagramTooLargeException;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.diagram.PolicyStrings;
import org.ringwall.compiler.diagram.TooManyPatternsException;
import org.ringwall.compiler.emit.HookCode;
import org.ringwall.compiler.emit.ObjectEmitter;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.lower.Lowering;
import org.ringwall.compiler.pass.Passes;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.SourceFiles;
import org.ringwall.compiler.syntax.ParseResult;
import org.ringwall.compiler.syntax.PolicyParser;

/** text → ast → typed policy → decision diagrams → IR → code → object → ELF. */
public final class Compiler {
    /** Name and version, as objects carry them. */
    public static final String TOOL = "ringwallc 0.1.0";

    /** Blocks that passes make code of within seconds, where tables take most of them away. */
    private static final int MOST_BLOCKS = 150_000;

    private final Settings settings;
    private final ReadFiles files;
    private final Optional<ProbeText> probe;
    private final List<Diagnostic> diagnostics = new ArrayList<>();

    private Compiler(Settings settings, SourceFiles files, Optional<ProbeText> probe) {
        this.settings = settings;
        this.files = new ReadFiles(files);
        this.probe = probe;
    }

    /** Compiles one policy that names no other file. */
    public static CompileResult compile(SourceFile source, Settings settings) {
        return compile(source, SourceFiles.NONE, settings);
    }

    /** Compiles one policy with the files that it names. */
    public static CompileResult compile(SourceFile source, SourceFiles files, Settings settings) {
        return new Compiler(settings, files, Optional.empty()).result(source);
    }

    /** Compiles one policy with a probe, as `connect tcp 1.1.1.1:443 as uid 1000`, as its last test. */
    public static CompileResult compileWithProbe(
            SourceFile source, SourceFiles files, String probe, Settings settings) {
        return new Compiler(settings, files, Optional.of(new ProbeText(probe))).result(source);
    }

    private CompileResult result(SourceFile source) {
        Optional<Compilation> compilation = compile(source);
        return new CompileResult(diagnostics, compilation, files.files());
    }

    private Optional<Compilation> compile(SourceFile source) {
        ParseResult parsed = PolicyParser.parse(source);
        diagnostics.addAll(parsed.diagnostics());
        probe.ifPresent(text -> diagnostics.addAll(text.diagnostics()));
        Optional<PolicyFile> tree =
                parsed.file().map(this::withIncludes).map(this::withParams).flatMap(this::withProbe);
        // A file that could not be read has declared nothing: each use of its names would be wrong too.
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

    private Optional<PolicyFile> withProbe(PolicyFile tree) {
        return probe.isEmpty() ? Optional.of(tree) : probe.get().added(tree);
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
        Optional<PolicyDiagrams> drawn = diagrams(policy);
        return drawn.isEmpty() ? Optional.empty() : backEnd(tree, policy, drawn.get());
    }

    private Optional<PolicyDiagrams> diagrams(Policy policy) {
        try {
            return Optional.of(PolicyDiagrams.of(policy, PolicyStrings.of(policy)));
        } catch (TooManyPatternsException e) {
            List<Rule> rules = e.block().rules();
            diagnostics.add(Diagnostic.of(
                            Code.TOO_MANY_PATTERNS,
                            rules.get(rules.size() - 1).span(),
                            "the patterns of `%s` are too many for one program"
                                    .formatted(e.field().text()))
                    .help("write fewer globs with `*` in the middle, or prefixes in their place"));
            return Optional.empty();
        } catch (DiagramTooLargeException e) {
            diagnostics.add(TooLarge.diagnostic(policy, e.hook()));
            return Optional.empty();
        }
    }

    private Optional<Compilation> backEnd(PolicyFile tree, Policy policy, PolicyDiagrams diagrams) {
        diagnostics.addAll(Unreachable.warnings(policy, diagrams));
        Target target = new Target(oldest(policy), settings.order());
        List<Routine> routines = new ArrayList<>();
        List<HookCode> code = new ArrayList<>();
        for (HookDecision decision : diagrams.decisions()) {
            Routine lowered = Lowering.lower(policy, decision, target.oldest());
            if (lowered.blocks().size() > MOST_BLOCKS) {
                diagnostics.add(TooLarge.diagnostic(policy, decision.hook()));
                continue;
            }
            Routine routine = Passes.run(lowered);
            routines.add(routine);
            assemble(policy, decision, routine, target)
                    .ifPresent(assembly -> code.add(new HookCode(routine, assembly)));
        }
        if (CompileResult.failed(diagnostics)) {
            return Optional.empty();
        }
        BpfObject object = ObjectEmitter.emit(policy, files.files(), code, TOOL, target.order());
        diagnostics.addAll(DataLimit.exceeded(object, policy.blocks().get(0).span(), target.oldest()));
        if (CompileResult.failed(diagnostics)) {
            return Optional.empty();
        }
        Bytes elf = Bytes.of(ObjectWriter.write(object));
        return Optional.of(new Compilation(tree, policy, target.oldest(), diagrams, routines, code, object, elf));
    }

    private Optional<Assembly> assemble(Policy policy, HookDecision decision, Routine routine, Target target) {
        try {
            return Optional.of(CodeGenerator.generate(routine, target));
        } catch (CodeTooLargeException e) {
            if (TooLarge.multiplies(policy, decision.hook())) {
                diagnostics.add(TooLarge.diagnostic(policy, decision.hook()));
                return Optional.empty();
            }
            diagnostics.add(Diagnostic.of(
                            Code.CODE_TOO_LARGE,
                            policy.blocks().get(0).span(),
                            "the program for `" + decision.hook().word() + "` has a branch of " + Math.abs(e.distance())
                                    + " slots, and one reaches 32767")
                    .help("use fewer or broader rules, or split the policy into two"));
            return Optional.empty();
        }
    }

    private KernelVersion oldest(Policy policy) {
        KernelVersion named =
                settings.targets().stream().min(Comparator.naturalOrder()).orElse(KernelVersion.V5_10);
        return policy.requires().map(named::max).orElse(named);
    }
}
