// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.ringwall.compiler.api.Policy;
import org.ringwall.compiler.api.Program;
import org.ringwall.compiler.report.Stage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "explain",
        description = "show what a policy compiles to, stage by stage",
        mixinStandardHelpOptions = true)
final class ExplainCommand implements Callable<Integer> {
    private static final List<Stage> USUAL = List.of(Stage.DIAGRAM, Stage.FORMS, Stage.BPF, Stage.COVERAGE);

    @Mixin
    private PolicyInput input = new PolicyInput();

    @Parameters(index = "0", paramLabel = "POLICY.wall", description = "the policy")
    private Path policy = Path.of("");

    @Option(
            names = "--stage",
            split = ",",
            paramLabel = "STAGE",
            description =
                    "stages to print: ast (the parsed text), policy (with all names resolved), diagram (which fields"
                            + " decide), ir (the code after all passes), forms (how each switch is implemented), bpf"
                            + " (the instructions), coverage (the bypasses); default: diagram,forms,bpf,coverage")
    private List<String> stages = List.of();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        List<Stage> wanted = stages.isEmpty()
                ? USUAL
                : stages.stream().map(ExplainCommand::stage).toList();
        Optional<Policy> compiled = input.policy(policy, spec.commandLine().getErr());
        if (compiled.isEmpty()) {
            return ExitCode.WRONG_INPUT;
        }
        PrintWriter out = spec.commandLine().getOut();
        if (stages.isEmpty()) {
            summary(compiled.get(), out);
        }
        for (Stage stage : wanted) {
            out.println("== " + stage.name().toLowerCase(Locale.ROOT));
            out.println(compiled.get().explain(stage).stripTrailing());
        }
        out.flush();
        return ExitCode.DONE;
    }

    /** Prints what the policy restricts, and the programs that it compiles to. */
    private static void summary(Policy policy, PrintWriter out) {
        List<Program> programs = policy.programs();
        int all = programs.stream().mapToInt(Program::instructions).sum();
        String hooks = programs.stream()
                .map(program -> program.hook() + " " + program.instructions())
                .collect(Collectors.joining(", "));
        out.println("policy `" + policy.name() + "`: rules for " + String.join(", ", policy.blocks()));
        out.println("programs: " + programs.size() + ", with " + all + " instructions: " + hooks);
        out.println();
    }

    private static Stage stage(String word) {
        for (Stage stage : Stage.values()) {
            if (stage.name().equalsIgnoreCase(word)) {
                return stage;
            }
        }
        throw new InputException(
                "there is no stage `" + word + "`",
                "write one or more of ast, policy, diagram, ir, forms, bpf, coverage");
    }
}
