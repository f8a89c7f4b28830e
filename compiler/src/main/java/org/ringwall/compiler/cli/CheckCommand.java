package org.ringwall.compiler.cli;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ringwall.compiler.driver.Compilation;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "check", description = "say what is wrong with policies", mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
    @Mixin
    private PolicyInput input = new PolicyInput();

    @Parameters(arity = "1..*", paramLabel = "POLICY.wall", description = "the policies")
    private List<Path> policies = new ArrayList<>();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        int code = ExitCode.DONE;
        for (Path policy : policies) {
            Optional<Compilation> compilation = input.compile(
                    policy, ByteOrder.LITTLE_ENDIAN, spec.commandLine().getErr());
            if (compilation.isEmpty()) {
                code = ExitCode.WRONG_INPUT;
            } else {
                spec.commandLine().getOut().println(policy + ": fine");
                spec.commandLine().getOut().flush();
            }
        }
        return code;
    }
}
