// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import java.util.stream.Collectors;
import org.ringwall.compiler.analysis.DiagramWords;
import org.ringwall.compiler.ast.AstPrinter;
import org.ringwall.compiler.diagram.DiagramPrinter;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.ir.IrPrinter;
import org.ringwall.compiler.ir.opt.Passes;
import org.ringwall.compiler.irgen.Lowering;
import org.ringwall.compiler.policy.PolicyPrinter;
import org.ringwall.compiler.report.ReachReport.BlockReach;
import org.ringwall.compiler.report.ReachReport.Status;
import org.ringwall.compiler.report.Stage;

/** A printer of a policy after one stage of its compilation. */
public final class StagePrinter {
    private StagePrinter() {}

    /** Returns the implementation of each switch of each program, with its predicted cost. */
    private static String forms(Compilation compilation) {
        StringBuilder text = new StringBuilder();
        for (HookDecision decision : compilation.diagrams().decisions()) {
            text.append(decision.hook().word()).append('\n');
            Passes.forms(Lowering.lower(compilation.policy(), decision, compilation.oldestKernel()))
                    .forEach(form -> text.append("  ").append(form).append('\n'));
        }
        return text.toString();
    }

    /** Returns a row for each bypass of each block of the policy. */
    private static String coverage(Compilation compilation) {
        StringBuilder text = new StringBuilder();
        for (BlockReach block : compilation.coverage()) {
            block.bypasses().stream()
                    .filter(bypass -> bypass.status() != Status.NOT_APPLICABLE)
                    .forEach(bypass -> text.append("%-15s %-9s %-20s %s\n"
                            .formatted(block.block(), bypass.status().word(), bypass.id(), bypass.why())));
        }
        return text.toString();
    }

    /** Returns the printed form. */
    public static String print(Stage stage, Compilation compilation) {
        return switch (stage) {
            case AST -> AstPrinter.print(compilation.tree());
            case POLICY -> PolicyPrinter.print(compilation.policy());
            case DIAGRAM ->
                compilation.diagrams().decisions().stream()
                        .map(decision -> DiagramPrinter.print(
                                decision, new DiagramWords(compilation.policy(), decision.strings())))
                        .collect(Collectors.joining());
            case IR -> compilation.routines().stream().map(IrPrinter::print).collect(Collectors.joining());
            case FORMS -> forms(compilation);
            case BPF -> ObjectPrinter.print(compilation.object());
            case COVERAGE -> coverage(compilation);
        };
    }
}
