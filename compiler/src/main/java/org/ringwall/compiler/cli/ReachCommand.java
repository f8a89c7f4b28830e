// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ringwall.compiler.api.Policy;
import org.ringwall.compiler.report.ReachReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "reach",
        description = "show what a workload can still do under the policy, and every known bypass",
        mixinStandardHelpOptions = true)
final class ReachCommand implements Callable<Integer> {
    @Mixin
    private PolicyInput input = new PolicyInput();

    @Parameters(index = "0", paramLabel = "POLICY.wall", description = "the policy")
    private Path policy = Path.of("");

    @Option(names = "--limit", paramLabel = "N", description = "regions to print for a hook (default: 50)")
    private int limit = 50;

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Option(
            names = {"-v", "--verbose"},
            description = "describe also the bypasses that are closed or outside any policy")
    private boolean verbose;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        if (limit < 1) {
            throw new InputException("`" + limit + "` is not a number of regions", "write --limit 50");
        }
        Optional<Policy> compiled = input.policy(policy, spec.commandLine().getErr());
        if (compiled.isEmpty()) {
            return ExitCode.WRONG_INPUT;
        }
        ReachReport report = compiled.get().reach(limit);
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(ReachJson.text(report));
        } else {
            out.print(report.text(verbose));
        }
        out.flush();
        return ExitCode.DONE;
    }
}
