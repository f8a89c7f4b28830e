// SPDX-License-Identifier: Apache-2.0
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.ringwall.compiler.api.CompileResult;
import org.ringwall.compiler.api.Options;
import org.ringwall.compiler.api.Policy;
import org.ringwall.compiler.api.Ringwall;
import org.ringwall.compiler.report.Decision;
import org.ringwall.compiler.report.Diagnostic;
import org.ringwall.compiler.report.ReachReport;
import org.ringwall.compiler.report.Request;

/** Compiles a policy, evaluates two requests, and prints what a workload can still do. */
final class CheckPolicy {
    public static void main(String[] args) throws IOException {
        CompileResult result = Ringwall.compile(Path.of(args[0]), Options.DEFAULT.withTargets("5.10", "6.1"));
        for (Diagnostic diagnostic : result.diagnostics()) {
            System.out.println(diagnostic.text());
        }
        Policy policy = result.policy().orElseThrow();
        System.out.println(policy.name() + ": " + policy.object().length + " bytes for " + policy.hooks());

        Request proxy = new Request("connect tcp 127.0.0.1:3128");
        Request outside = new Request("connect tcp 192.0.2.1:443 as uid 1000");
        for (Decision decision : policy.evaluateAll(List.of(proxy, outside))) {
            System.out.println(decision.request().words() + " => " + decision.verdict());
            decision.rules().forEach(rule -> System.out.println("  line " + rule.line() + ": " + rule.text()));
        }

        ReachReport reach = policy.reach();
        for (ReachReport.HookReach hook : reach.hooks()) {
            System.out.println(hook.hook() + " allows " + hook.allowed());
        }
        for (ReachReport.BlockReach block : reach.blocks()) {
            long open = block.bypasses().stream()
                    .filter(bypass -> bypass.status() == ReachReport.Status.OPEN)
                    .count();
            if (block.present()) {
                System.out.println(block.block() + ": " + open + " open bypasses that a policy could close");
            }
        }
    }
}
