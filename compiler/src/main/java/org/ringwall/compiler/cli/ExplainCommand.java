package org.ringwall.compiler.cli;

import java.io.PrintWriter;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ringwall.compiler.driver.Compilation;
import org.ringwall.compiler.driver.Stage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "explain",
        description = "what a policy became, stage by stage: ast, policy, diagram, ir, forms, bpf, coverage",
        mixinStandardHelpOptions = true)
final class ExplainCommand implements Callable<Integer> {
    @Mixin
    private PolicyInput input = new PolicyInput();

    @Parameters(index = "0", paramLabel = "POLICY.wall", description = "the policy")
    private Path policy = Path.of("");

    @Option(
            names = "--stage",
            split = ",",
            paramLabel = "STAGE",
            description = "ast, policy, diagram, ir, forms, bpf, coverage (default: diagram,forms,bpf,coverage)")
    private List<String> stages = List.of("diagram", "forms", "bpf", "coverage");

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        List<Stage> wanted = stages.stream().map(ExplainCommand::stage).toList();
        Optional<Compilation> compilation = input.compile(
                policy, ByteOrder.LITTLE_ENDIAN, spec.commandLine().getErr());
        if (compilation.isEmpty()) {
            return ExitCode.WRONG_INPUT;
        }
        PrintWriter out = spec.commandLine().getOut();
        for (Stage stage : wanted) {
            out.println("== " + stage.word());
            out.println(stage.print(compilation.get()).stripTrailing());
        }
        out.flush();
        return ExitCode.DONE;
    }

    private static Stage stage(String word) {
        for (Stage stage : Stage.values()) {
            if (stage.word().equals(word.toLowerCase(Locale.ROOT))) {
                return stage;
            }
        }
        throw new InputException(
                "there is no stage `" + word + "`", "stages are ast, policy, diagram, ir, forms, bpf, coverage");
    }
}
