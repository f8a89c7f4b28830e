// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ringwall.compiler.api.CompileResult;
import org.ringwall.compiler.api.Policy;
import org.ringwall.compiler.report.Decision;
import org.ringwall.compiler.report.RuleText;
import org.ringwall.compiler.report.TestReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "test",
        description = "run the test blocks of policies on the emitted bytecode, without a kernel",
        mixinStandardHelpOptions = true)
final class TestCommand implements Callable<Integer> {
    @Mixin
    private PolicyInput input = new PolicyInput();

    @Mixin
    private Report report = new Report();

    @Parameters(arity = "1..*", paramLabel = "POLICY.wall", description = "the policies")
    private List<Path> policies = new ArrayList<>();

    @Option(
            names = "--endian",
            paramLabel = "little|big",
            description = "byte order of the simulated machine (default: little)")
    private Endian endian = Endian.LITTLE;

    @Option(
            names = {"-v", "--verbose"},
            description = "print every attempt with its verdict and the rule that decided")
    private boolean verbose;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private final List<Map<String, Object>> tests = new ArrayList<>();
    private int passed;
    private int failed;
    private int untested;

    @Override
    public Integer call() {
        for (Path policy : policies) {
            Optional<Policy> compiled = input.result(
                            policy, endian.order(), report, spec.commandLine().getErr())
                    .flatMap(CompileResult::policy);
            compiled.ifPresent(made -> run(policy, made));
            untested += compiled.isEmpty() ? 1 : 0;
        }
        report.finish(spec.commandLine().getOut(), Map.of("tests", tests));
        if (report.isText() && untested < policies.size()) {
            String left =
                    untested == 0 ? "" : ", " + untested + (untested == 1 ? " policy" : " policies") + " not tested";
            PrintWriter out = spec.commandLine().getOut();
            out.println(passed + " passed, " + failed + " failed" + left);
            out.flush();
        }
        if (untested > 0) {
            return ExitCode.WRONG_INPUT;
        }
        return failed > 0 ? ExitCode.CHECK_FAILED : ExitCode.DONE;
    }

    private void run(Path file, Policy policy) {
        List<TestReport> results = policy.test();
        if (report.isText()) {
            print(policy, results);
        }
        for (TestReport result : results) {
            tests.add(TestJson.of(file, policy, result));
            passed += result.passed() ? 1 : 0;
            failed += result.passed() ? 0 : 1;
        }
    }

    private void print(Policy policy, List<TestReport> results) {
        PrintWriter out = spec.commandLine().getOut();
        if (results.isEmpty()) {
            out.println("policy `" + policy.name() + "` has no tests");
        }
        for (TestReport result : results) {
            out.println((result.passed() ? "ok    " : "FAIL  ") + result.name());
            result.cases().forEach(this::line);
        }
    }

    private void line(TestReport.Case result) {
        if (!verbose && result.passed()) {
            return;
        }
        spec.commandLine().getOut().println(text(result).stripTrailing());
    }

    private static String text(TestReport.Case result) {
        String mark = result.passed() ? "" : "FAIL";
        String expected = result.passed()
                ? ""
                : "   expected " + result.expected() + ", got " + result.actual() + ", at " + result.file() + ":"
                        + result.line() + ":" + result.column();
        Decision decision = result.decision();
        return "%-4s  %-44s %-6s".formatted(mark, decision.request().words(), decision.verdict())
                + where(decision.rules())
                + expected;
    }

    private static String where(List<RuleText> deciders) {
        if (deciders.isEmpty()) {
            return "";
        }
        RuleText last = deciders.get(deciders.size() - 1);
        return "   line " + last.line() + ": " + last.text().lines().findFirst().orElse("");
    }
}
