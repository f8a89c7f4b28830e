// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.PrintWriter;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.analysis.Reach;
import org.ringwall.compiler.bypass.CoveragePrinter;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.policy.NamedSet;
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
        Optional<Compilation> compilation = input.compile(
                policy, ByteOrder.LITTLE_ENDIAN, spec.commandLine().getErr());
        if (compilation.isEmpty()) {
            return ExitCode.WRONG_INPUT;
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(new ReachJson(compilation.get(), limit).text());
            out.flush();
            return ExitCode.DONE;
        }
        Map<Regions, List<String>> hooks = new LinkedHashMap<>();
        for (HookDecision decision : compilation.get().diagrams().decisions()) {
            hooks.computeIfAbsent(regions(decision, compilation.get().policy().sets()), text -> new ArrayList<>())
                    .add(decision.hook().word());
        }
        hooks.forEach((regions, words) -> out.print("at " + String.join(", ", words) + "\n" + regions.text()));
        out.print(new CoveragePrinter(compilation.get().coverage()).report(verbose));
        out.flush();
        return ExitCode.DONE;
    }

    /**
     * The allowed regions, which several hooks may share. If the list is incomplete, it is kept for
     * one hook, because the remaining regions may differ.
     */
    private record Regions(String text, Optional<Hook> only) {}

    private Regions regions(HookDecision decision, List<NamedSet> sets) {
        Reach reach = Reach.of(decision, limit);
        StringBuilder text = new StringBuilder();
        reach.words(sets)
                .forEach(line -> text.append("  allowed: ").append(line).append('\n'));
        if (reach.allowed().isEmpty()) {
            text.append("  nothing is allowed\n");
        }
        if (!reach.complete()) {
            text.append("  (more regions: use a larger --limit)\n");
        }
        return new Regions(text.toString(), reach.complete() ? Optional.empty() : Optional.of(decision.hook()));
    }
}
