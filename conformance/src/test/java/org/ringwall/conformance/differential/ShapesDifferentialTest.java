// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.ringwall.compiler.codegen.Target;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.CompileResult;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.conformance.generate.GeneratedPolicy;
import org.ringwall.conformance.generate.RandomChoices;
import org.ringwall.conformance.generate.ShapeGenerator;

/**
 * A test that reference and machine agree on policies with up to 300 rules of the same shapes, in
 * the forms that the compiler chooses, with all of their state. Every such policy compiles.
 */
class ShapesDifferentialTest {
    @ByteOrders
    void manyRulesOfOneShapeDecideAsTheReference(ByteOrder order) {
        Differential run = Differential.ofProperties(StateDifferentialTest.REQUESTS);
        int policies = Integer.getInteger("ringwall.shapes.policies", Math.max(10, run.policies() / 10));
        long asked = 0;
        for (int i = 0; i < policies; i++) {
            long seed = run.seed() + i;
            String text = ShapeGenerator.text(seed);
            try {
                Compilation compiled = compiled(text, order);
                asked += StateDifferentialTest.run(
                        new GeneratedPolicy(compiled.policy()),
                        new RandomChoices(~seed),
                        new Target(compiled.oldestKernel(), order),
                        compiled.object());
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage() + "\n" + text, e);
            }
        }
        assertThat(asked).isEqualTo((long) policies * StateDifferentialTest.REQUESTS);
    }

    private static Compilation compiled(String text, ByteOrder order) {
        CompileResult result =
                Compiler.compile(new SourceFile("shape.wall", text), new Settings(List.of(), order, Map.of()));
        return result.compilation()
                .orElseThrow(() -> new AssertionError(DiagnosticRenderer.render(result.diagnostics())));
    }
}
