// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.InsnParser;
import org.ringwall.bpf.insn.InsnSyntaxException;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.UsedMaps;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bpf.object.Relocation;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.compiler.pipeline.CompileResult;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.report.Diagnostic.Severity;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.loader.bpf.KernelBpf;
import org.ringwall.loader.bpf.MapSpec;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.sys.ErrorNumber;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Syscalls;
import org.ringwall.testkit.KernelTest;

/**
 * A test that programs name maps exactly up to the kernel's limit of 64 maps in one program.
 */
@KernelTest
class MapLimitKernelTest {
    /** The kind of state that a policy has many of. */
    enum Kind {
        COUNTER("counter x%1$d { tries: attempts }", "when remote.port == %1$d { count x%1$d }"),
        KEYED_COUNTER("counter x%1$d [uid] { tries: attempts } max 4", "when remote.port == %1$d { count x%1$d }"),
        LOGGED_COUNTER(
                "counter x%1$d { tries: attempts }", "when remote.port == %1$d { count x%1$d; log at most 1/s }"),
        RATE("rate x%1$d 1000/s", "allow if remote.port == %1$d within x%1$d"),
        LIVE("live set x%1$d : uid max 4", "deny if remote.port == %1$d and uid in x%1$d"),
        TABLE(
                "table x%1$d [uid] within { 127.0.0.0/8 } : 1..9 max 4 default 127.0.0.1:9",
                "redirect x%1$d if remote.ip == 127.0.0.1 and remote.port == %1$d"),
        STAMPED_LIVE("live set x%1$d : uid max 4", "deny if remote.port == %1$d and uid in x%1$d");

        private final String declaration;
        private final String rule;

        Kind(String declaration, String rule) {
            this.declaration = declaration;
            this.rule = rule;
        }

        String policy(int number) {
            return "policy many\n" + lines(number, i -> declaration.formatted(i))
                    + (this == STAMPED_LIVE ? "packets egress {\n" : "egress {\n")
                    + lines(number, i -> rule.formatted(i))
                    + "  default allow\n}\n";
        }

        private static String lines(int number, IntFunction<String> line) {
            return IntStream.rangeClosed(1, number).mapToObj(line).collect(Collectors.joining("\n", "", "\n"));
        }
    }

    private static CompileResult compile(String text) {
        return Compiler.compile(new SourceFile("many.wall", text), Settings.DEFAULT);
    }

    private static int maps(ProgramSpec program) {
        return Math.toIntExact(program.relocations().stream()
                .map(Relocation::symbol)
                .distinct()
                .count());
    }

    /**
     * The largest policy whose programs name all maps loads. With one more, programs look them up
     * in an index, or the error names the rule.
     */
    @ParameterizedTest
    @EnumSource(Kind.class)
    void thePolicyWithTheMostMapsLoads(Kind kind) {
        int most = IntStream.iterate(UsedMaps.MOST, number -> number - 1)
                .filter(number -> compile(kind.policy(number))
                        .compilation()
                        .filter(found -> indexes(found.object()) == 0)
                        .isPresent())
                .findFirst()
                .orElseThrow();
        CompileResult taken = compile(kind.policy(most));
        assertThat(most).isGreaterThan(UsedMaps.MOST / 2);
        assertThat(taken.compilation().orElseThrow().object().programs().stream()
                        .mapToInt(MapLimitKernelTest::maps)
                        .max())
                .hasValue(UsedMaps.MOST);
        loads(kind, most);
        if (kind != Kind.RATE) {
            assertThat(indexes(compile(kind.policy(most + 1))
                            .compilation()
                            .orElseThrow()
                            .object()))
                    .isEqualTo(1);
            loads(kind, most + 1);
            return;
        }
        String last = kind.rule.formatted(most + 1);
        assertThat(compile(kind.policy(most + 1)).diagnostics().stream()
                        .filter(found -> found.severity() == Severity.ERROR))
                .singleElement()
                .satisfies(error -> {
                    assertThat(error.code()).isEqualTo(Code.TOO_MANY_MAPS);
                    assertThat(error.at().text()).isEqualTo(last);
                });
    }

    private static long indexes(BpfObject object) {
        return object.maps().stream()
                .filter(map -> StateNames.isIndex(map.name()))
                .count();
    }

    private static void loads(Kind kind, int number) {
        try (ChildCgroup cgroup = ChildCgroup.make();
                Two two = new Two(cgroup);
                InForce force = InForce.on(cgroup, kind.policy(number))) {
            CountersKernelTest.connects(two.first(), 3, "127.0.0.1:" + number);
            if (kind.name().toLowerCase(Locale.ROOT).endsWith("counter")) {
                assertThat(force.sum("x" + number, "tries")).isEqualTo(3);
            }
        }
    }

    /** A program whose instructions refer to 65 maps is rejected with E2BIG. */
    @Test
    void theKernelRejectsA65thMap() {
        assertThat(refusal(UsedMaps.MOST)).isEmpty();
        assertThat(refusal(UsedMaps.MOST + 1)).hasValue("E2BIG");
    }

    /**
     * Returns the kernel's error for a program that loads the addresses of `number` maps and
     * returns 1.
     */
    private static Optional<String> refusal(int number) {
        List<Fd> maps = new ArrayList<>();
        try (KernelBpf bpf = new KernelBpf(Syscalls.ofThisMachine())) {
            List<Insn> code = new ArrayList<>();
            for (int i = 0; i < number; i++) {
                maps.add(bpf.mapCreate(MapSpec.array("many", 8, 1, 0)));
                code.add(new Insn.LoadImm64(
                        Insn.Pseudo.MAP_FD, Reg.R1, maps.get(i).number()));
            }
            code.add(InsnParser.parse("r0 = 1"));
            code.add(InsnParser.parse("exit"));
            ProgSpec program = ProgSpec.plain(
                    "many",
                    Hook.CONNECT4.programType().number(),
                    Hook.CONNECT4.attachType(),
                    Bytes.of(InsnCodec.encode(code, ByteOrder.nativeOrder())));
            return bpf.progRefusal(program).map(ErrorNumber::name);
        } catch (InsnSyntaxException e) {
            throw new IllegalStateException(e);
        } finally {
            maps.forEach(Fd::close);
        }
    }
}
