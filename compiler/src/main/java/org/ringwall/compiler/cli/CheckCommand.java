// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ringwall.compiler.bypass.CoveragePrinter;
import org.ringwall.compiler.bypass.Requirement;
import org.ringwall.compiler.pipeline.Compilation;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "check", description = "report the errors and warnings of policies", mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
    @Mixin
    private PolicyInput input = new PolicyInput();

    @Mixin
    private Report report = new Report();

    @Parameters(arity = "1..*", paramLabel = "POLICY.wall", description = "the policies")
    private List<Path> policies = new ArrayList<>();

    @Option(
            names = "--require-covered",
            split = ",",
            paramLabel = "BLOCK",
            description = "fail if a bypass of this block is open that a policy can close;"
                    + " `packets` means both packet blocks;"
                    + " BLOCK:strict also fails for open bypasses that no policy can close")
    private List<String> covered = new ArrayList<>();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        List<Requirement> requirements =
                covered.stream().flatMap(text -> requirements(text).stream()).toList();
        int code = ExitCode.DONE;
        for (Path policy : policies) {
            Optional<Compilation> compilation = input.compileOneOfMany(
                    policy, ByteOrder.LITTLE_ENDIAN, report, spec.commandLine().getErr());
            if (compilation.isEmpty()) {
                code = ExitCode.WRONG_INPUT;
            } else if (!covers(policy, compilation.get(), requirements)) {
                code = code == ExitCode.DONE ? ExitCode.CHECK_FAILED : code;
            } else if (report.isText()) {
                spec.commandLine().getOut().println(policy + ": fine");
                spec.commandLine().getOut().flush();
            }
        }
        report.finish(spec.commandLine().getOut(), Map.of());
        return code;
    }

    private boolean covers(Path policy, Compilation compilation, List<Requirement> requirements) {
        String failures = new CoveragePrinter(compilation.coverage()).failures(requirements);
        if (!failures.isEmpty()) {
            spec.commandLine().getErr().print(policy + ": " + failures);
            spec.commandLine().getErr().flush();
        }
        return failures.isEmpty();
    }

    private List<Requirement> requirements(String text) {
        try {
            return Requirement.parse(text);
        } catch (Requirement.UnknownBlockException e) {
            throw new ParameterException(
                    spec.commandLine(), "error: " + e.getMessage() + "\n  = help: " + e.help() + "\n", e);
        }
    }
}
