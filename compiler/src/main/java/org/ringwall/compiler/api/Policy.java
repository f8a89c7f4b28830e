// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.api;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.compiler.analysis.Reach;
import org.ringwall.compiler.bypass.Requirement;
import org.ringwall.compiler.files.OutputFile;
import org.ringwall.compiler.files.RefusedOutputException;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.Probes;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.pipeline.StagePrinter;
import org.ringwall.compiler.policy.PolicyTest;
import org.ringwall.compiler.report.Decision;
import org.ringwall.compiler.report.ReachReport;
import org.ringwall.compiler.report.Request;
import org.ringwall.compiler.report.RuleText;
import org.ringwall.compiler.report.Stage;
import org.ringwall.compiler.report.TestReport;
import org.ringwall.compiler.source.SourceFiles;
import org.ringwall.compiler.testrunner.Explanation;
import org.ringwall.compiler.testrunner.PolicyTestRunner;

/** A policy that was compiled without an error. It has no reference to a file any more. */
public final class Policy {
    /** The number of regions that {@code ringwallc reach} lists for a hook. */
    private static final int USUAL_REGIONS = 50;

    private final Compilation compilation;
    private final SourceFiles files;
    private final Settings settings;
    private final List<Path> inputs;

    Policy(Compilation compilation, SourceFiles files, Settings settings, List<Path> inputs) {
        this.compilation = compilation;
        this.files = files;
        this.settings = settings;
        this.inputs = List.copyOf(inputs);
    }

    /** Returns the name after {@code policy}. */
    public String name() {
        return compilation.policy().name();
    }

    /** Returns the oldest kernel on which the object must load, such as {@code 5.10}. */
    public String oldestKernel() {
        return compilation.oldestKernel().toString();
    }

    /** Returns the hooks for which the object has a program, by names such as {@code connect4}. */
    public List<String> hooks() {
        return compilation.code().stream().map(code -> code.hook().word()).toList();
    }

    /**
     * Returns the blocks of the policy as their heads are written, such as {@code packets egress}
     * or {@code on connect4}, each once.
     */
    public List<String> blocks() {
        return compilation.policy().blocks().stream()
                .map(block -> block.target().text())
                .distinct()
                .toList();
    }

    /** Returns the programs of the object, in the order in which it contains them. */
    public List<Program> programs() {
        return compilation.object().programs().stream()
                .map(program -> new Program(
                        program.section(),
                        Hook.ofSection(program.section()).map(Hook::word).orElse(program.section()),
                        program.slots()))
                .toList();
    }

    /** Returns the params, in the order of their declarations. */
    public List<Param> params() {
        return compilation.policy().params().stream().map(Translation::param).toList();
    }

    /**
     * Returns a copy of the BPF object, an ELF file in the byte order of the options (docs/abi.md).
     * The same policy and options give the same bytes.
     */
    public byte[] object() {
        return compilation.elf().toArray();
    }

    /** Returns the object as it is before it is written. */
    BpfObject content() {
        return compilation.object();
    }

    /** Returns the bytes of the object. */
    Bytes elf() {
        return compilation.elf();
    }

    /** Returns the kernels on which the object must load; at least the oldest one. */
    Set<KernelVersion> targets() {
        Set<KernelVersion> targets = new TreeSet<>(settings.targets());
        targets.add(compilation.oldestKernel());
        return targets;
    }

    /** Returns the tests without running them. */
    List<PolicyTest> tests() {
        return compilation.policy().tests();
    }

    /**
     * Writes the object to a file as a whole, or leaves the file as it is. The folder must exist.
     *
     * @throws RefusedFileException if this would destroy a file: one that is not an ELF object, the
     *     policy, or a file that the policy includes, also through a link
     * @throws IOException if the file cannot be written
     */
    public void writeObject(Path file) throws IOException {
        try {
            OutputFile.at(file, OutputFile.Kind.OBJECT, inputs)
                    .write(compilation.elf().toArray());
        } catch (RefusedOutputException e) {
            throw new RefusedFileException(e);
        }
    }

    /**
     * Returns the rules of all blocks, in the order in which the policy has them. The default of a
     * block is its last rule.
     */
    public List<RuleText> rules() {
        return compilation.policy().blocks().stream()
                .flatMap(block -> block.rules().stream())
                .map(rule -> rule.span().ruleText())
                .toList();
    }

    /**
     * Evaluates a request, as a line of a test is evaluated: on the emitted bytecode in a simulated
     * kernel and by the reference evaluator, which must agree. Counters and rates have their
     * initial state. Params, live sets and tables are as the request says; otherwise params have
     * their defaults, and sets and tables are empty.
     *
     * @throws InvalidRequestException if the request does not fit the policy
     */
    public Decision evaluate(Request request) {
        return evaluateAll(List.of(request)).get(0);
    }

    /**
     * Evaluates requests one after another, as the lines of one test: counts and tokens persist
     * between them, and no time passes except for the waits that they contain. This checks the
     * policy once for all of them, so it is faster than single evaluations.
     *
     * @throws InvalidRequestException if a request does not fit the policy
     */
    public List<Decision> evaluateAll(List<Request> requests) {
        if (requests.isEmpty()) {
            return List.of();
        }
        Probes probes = probes(requests);
        TestReport result = PolicyTestRunner.run(
                probes.policy().orElseThrow(),
                probes.test().orElseThrow(),
                compilation.object(),
                compilation.oldestKernel());
        return result.cases().stream().map(TestReport.Case::decision).toList();
    }

    /**
     * Explains the decision about a request step by step, as {@code ringwallc why} prints it: each
     * hook, each block, each rule that is evaluated.
     *
     * @throws InvalidRequestException if the request does not fit the policy
     */
    public String explain(Request request) {
        Probes probes = probes(List.of(request));
        PolicyTest.Case line = probes.test().orElseThrow().cases().get(0);
        return Explanation.of(probes.policy().orElseThrow(), line).text();
    }

    /**
     * Returns the policy after one stage of the compilation as text, as {@code ringwallc explain}
     * prints it. The text is for people and may change in any version.
     */
    public String explain(Stage stage) {
        return StagePrinter.print(stage, compilation);
    }

    private Probes probes(List<Request> requests) {
        Probes probes = Probes.check(
                compilation,
                files,
                settings,
                "probe",
                requests.stream().map(Request::words).toList());
        if (probes.policy().isEmpty()) {
            throw new InvalidRequestException(Translation.diagnostics(probes.diagnostics()));
        }
        return probes;
    }

    /** Runs the tests of the policy, each with initial state. */
    public List<TestReport> test() {
        List<TestReport> reports = new ArrayList<>();
        test(reports::add);
        return List.copyOf(reports);
    }

    /**
     * Runs the tests of the policy, each with initial state, and hands over the report of each as
     * soon as it has ended, so that a caller can show progress and measure time.
     */
    public void test(Consumer<TestReport> reports) {
        for (PolicyTest test : compilation.policy().tests()) {
            reports.accept(
                    PolicyTestRunner.run(compilation.policy(), test, compilation.object(), compilation.oldestKernel()));
        }
    }

    /**
     * Returns which of some blocks have open bypasses, as {@code ringwallc check --require-covered}
     * reports them: for each block that is not covered a text for people with several lines, which
     * names the bypasses and what to write. The list is empty if all blocks are covered.
     *
     * @param blocks words such as {@code egress}; {@code egress:strict} also reports bypasses that
     *     no policy could close, and {@code packets} means both blocks for packets
     * @throws IllegalArgumentException if there is no such block; the message names the likeliest
     */
    public List<String> uncovered(List<String> blocks) {
        if (blocks.isEmpty()) {
            return List.of();
        }
        List<ReachReport.BlockReach> coverage = compilation.coverage();
        return blocks.stream()
                .flatMap(block -> requirements(block).stream())
                .map(requirement -> requirement.failures(coverage).stripTrailing())
                .filter(failure -> !failure.isEmpty())
                .toList();
    }

    /**
     * Returns the known bypasses of every kind of block, whether or not the policy has such a
     * block. They are those of {@link #reach()}, without what is allowed and denied at each hook,
     * which takes longer.
     */
    public List<ReachReport.BlockReach> bypasses() {
        return compilation.coverage();
    }

    private static List<Requirement> requirements(String block) {
        try {
            return Requirement.parse(block);
        } catch (Requirement.UnknownBlockException e) {
            throw new IllegalArgumentException(e.getMessage() + "; " + e.help(), e);
        }
    }

    /** Returns what a workload can still do, with at most 50 regions of a verdict for each hook. */
    public ReachReport reach() {
        return reach(USUAL_REGIONS);
    }

    /**
     * Returns what a workload can still do.
     *
     * @param limit the largest number of allowed and of denied regions for each hook, at least 1
     * @throws IllegalArgumentException if the limit is less than 1
     */
    public ReachReport reach(int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("`" + limit + "` is not a number of regions");
        }
        return new ReachReport(
                name(),
                compilation.diagrams().decisions().stream()
                        .map(decision -> Reach.of(decision, compilation.policy(), limit))
                        .toList(),
                compilation.coverage());
    }

    /** Returns the name of the policy. */
    @Override
    public String toString() {
        return "policy " + name();
    }
}
