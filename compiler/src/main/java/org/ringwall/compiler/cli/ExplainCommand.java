// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.PrintWriter;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.Stage;
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
    private static final List<String> USUAL = List.of("diagram", "forms", "bpf", "coverage");

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
        List<Stage> wanted = (stages.isEmpty() ? USUAL : stages)
                .stream().map(ExplainCommand::stage).toList();
        Optional<Compilation> compilation = input.compile(
                policy, ByteOrder.LITTLE_ENDIAN, spec.commandLine().getErr());
        if (compilation.isEmpty()) {
            return ExitCode.WRONG_INPUT;
        }
        PrintWriter out = spec.commandLine().getOut();
        if (stages.isEmpty()) {
            summary(compilation.get(), out);
        }
        for (Stage stage : wanted) {
            out.println("== " + stage.word());
            out.println(stage.print(compilation.get()).stripTrailing());
        }
        out.flush();
        return ExitCode.DONE;
    }

    /** Prints what the policy restricts, and the programs that it compiles to. */
    private static void summary(Compilation compilation, PrintWriter out) {
        List<String> blocks = compilation.policy().blocks().stream()
                .map(block -> block.target().text())
                .distinct()
                .toList();
        List<ProgramSpec> programs = compilation.object().programs();
        int all = programs.stream().mapToInt(ProgramSpec::slots).sum();
        String hooks = programs.stream()
                .map(program ->
                        Hook.ofSection(program.section()).map(Hook::word).orElse(program.section()) + " "
                                + program.slots())
                .collect(Collectors.joining(", "));
        out.println("policy `" + compilation.policy().name() + "`: rules for " + String.join(", ", blocks));
        out.println("programs: " + programs.size() + ", with " + all + " instructions: " + hooks);
        out.println();
    }

    private static Stage stage(String word) {
        for (Stage stage : Stage.values()) {
            if (stage.word().equals(word.toLowerCase(Locale.ROOT))) {
                return stage;
            }
        }
        throw new InputException(
                "there is no stage `" + word + "`",
                "write one or more of ast, policy, diagram, ir, forms, bpf, coverage");
    }
}
