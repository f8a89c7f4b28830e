// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ringwall.compiler.api.CompileResult;
import org.ringwall.compiler.api.Policy;
import org.ringwall.compiler.bypass.Requirement;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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

    private final List<Map<String, Object>> uncovered = new ArrayList<>();

    @Override
    public Integer call() {
        covered.forEach(this::checkRequirement);
        int code = ExitCode.DONE;
        for (Path policy : policies) {
            Optional<Policy> compiled = input.result(
                            policy,
                            ByteOrder.LITTLE_ENDIAN,
                            report,
                            spec.commandLine().getErr())
                    .flatMap(CompileResult::policy);
            if (compiled.isEmpty()) {
                code = ExitCode.WRONG_INPUT;
            } else if (!covers(PolicyInput.name(policy), compiled.get())) {
                code = code == ExitCode.DONE ? ExitCode.CHECK_FAILED : code;
            } else if (report.isText()) {
                spec.commandLine().getOut().println(PolicyInput.name(policy) + ": fine");
                spec.commandLine().getOut().flush();
            }
        }
        report.finish(spec.commandLine().getOut(), covered.isEmpty() ? Map.of() : Map.of("uncovered", uncovered));
        return code;
    }

    private boolean covers(String file, Policy policy) {
        List<String> failures = policy.uncovered(covered);
        for (String text : failures) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("file", file);
            one.put("text", text);
            uncovered.add(one);
        }
        if (!failures.isEmpty() && report.isText()) {
            spec.commandLine().getErr().println(file + ": " + String.join("\n", failures));
            spec.commandLine().getErr().flush();
        }
        return failures.isEmpty();
    }

    /** Refuses an unknown block before the first policy is read. */
    private void checkRequirement(String text) {
        try {
            Requirement.parse(text);
        } catch (Requirement.UnknownBlockException e) {
            throw new UsageException(spec.commandLine(), String.valueOf(e.getMessage()), e.help());
        }
    }
}
