// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.codegen.Target;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.emit.Compiled;
import org.ringwall.compiler.ir.opt.Passes;
import org.ringwall.compiler.irgen.Lowering;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.tables.DataTable;
import org.ringwall.testkit.GoldenCase;

class IrReaderTest {
    static Stream<GoldenCase> cases() {
        return GoldenCase.in("ir").stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void readsBackEveryGoldenAsItIsPrinted(GoldenCase golden) {
        SourceFile source = new SourceFile("case.wall", golden.section("source"));
        List<String> routines = golden.sections().values().stream()
                .filter(body -> body.startsWith("routine "))
                .toList();

        assertThat(routines).isNotEmpty();
        Policy policy = policy(golden);
        for (String printed : routines) {
            assertThat(IrPrinter.print(IrReader.read(printed, source, tables(policy), policy.state())))
                    .isEqualTo(printed);
        }
    }

    private static Policy policy(GoldenCase golden) {
        KernelVersion oldest = KernelVersion.parse(
                        golden.sections().getOrDefault("target", "5.10").strip())
                .orElseThrow();
        Target target = new Target(oldest, ByteOrder.LITTLE_ENDIAN);
        return Compiled.policy("case.wall", golden.section("source"), target);
    }

    /**
     * Returns the tables to which the printed form refers only by name, whatever pass it was
     * printed after.
     */
    private static List<DataTable> tables(Policy policy) {
        List<DataTable> tables = new ArrayList<>();
        for (HookDecision decision : PolicyDiagrams.of(policy).decisions()) {
            Passes.run(
                    Lowering.lower(policy, decision, KernelVersion.V5_10),
                    (pass, routine) -> tables.addAll(routine.tables()));
        }
        return tables;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "routine nowhere",
                "routine connect4\nreturn allow",
                "routine connect4\nb0: ; line 1 column 1\n  v0 = u32 ctx.type",
                "routine connect4\nb0: ; line 1 column 1\n  v0 = u32 ctx.nothing\n  return allow",
                "routine connect4\nb0: ; line 1 column 1\n  v0 = magic\n  return allow",
                "routine connect4\nb0: ; line 1 column 1\n  if64 v0 ~ 0x1 then b1 else b2",
                "routine connect4\nb0: ; line 1 column 1\n  switch v0 ..0x1 b1; ..0x2 b2",
                "routine connect4\nb0: ; line 1 column 1\n  return deny ENOTHING"
            })
    void refusesTextThatIsNotAPrintedRoutine(String text) {
        assertThatThrownBy(() -> IrReader.read(text, new SourceFile("p.wall", "policy p\n")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void passesRunOnAParsedRoutine() {
        Routine routine = IrReader.read("""
                routine connect4
                b0: ; line 1 column 1
                  v0 = be32 u32 ctx.user_ip4
                  switch v0 ..0x7fffffff b1, ..0xffffffff b2
                b1: ; line 1 column 1
                  return allow
                b2: ; line 1 column 1
                  return deny
                """, new SourceFile("p.wall", "policy p\n"));

        assertThat(IrPrinter.print(Passes.run(routine))).isEqualTo("""
                        routine connect4
                        b0: ; line 1 column 1
                          v0 = be32 u32 ctx.user_ip4
                          if64 v0 > 0x7fffffff then b2 else b1
                        b1: ; line 1 column 1
                          return allow
                        b2: ; line 1 column 1
                          return deny
                        """);
    }
}
