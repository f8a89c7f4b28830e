// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.emit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.bpf.object.MapType;
import org.ringwall.bpf.state.IndexMembers;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.report.Diagnostic.Severity;
import org.ringwall.compiler.source.SourceFile;

class MapIndexesTest {
    private static BpfObject object(String declarations, int number, IntFunction<String> rule) {
        return object(new Settings(List.of(), ByteOrder.LITTLE_ENDIAN, Map.of()), declarations, number, rule);
    }

    private static BpfObject object(Settings settings, String declarations, int number, IntFunction<String> rule) {
        String text = "policy p\n" + declarations
                + IntStream.range(0, number).mapToObj(rule).collect(Collectors.joining("\n", "egress {\n", "\n"))
                + "default allow\n}\n";
        return Compiler.compile(new SourceFile("p.wall", text), settings)
                .compilation()
                .orElseThrow()
                .object();
    }

    private static String lines(int number, IntFunction<String> line) {
        return IntStream.range(0, number).mapToObj(line).collect(Collectors.joining("\n", "", "\n"));
    }

    private static BpfObject counters(int number) {
        return object(
                lines(number, i -> "counter c" + i + " { tries: attempts }"),
                number,
                i -> "when remote.port == " + i + " { count c" + i + " }");
    }

    private static String text(BpfObject object, String variable) {
        DataSection rodata = object.section(".rodata").orElseThrow();
        var place = rodata.variable(variable).orElseThrow();
        return new String(
                        rodata.content().slice(place.offset(), place.size()).toArray(),
                        java.nio.charset.StandardCharsets.UTF_8)
                .trim();
    }

    @Test
    void programsNameAsManyMapsAsTheKernelPermits() {
        BpfObject object = counters(62);
        assertThat(IndexMembers.of(object)).isEmpty();
        assertThat(object.map("ringwall_index_0")).isEmpty();
        assertThat(text(object, "bpf_metadata_abi")).isEqualTo("1");
        assertThat(object.section(".rodata").orElseThrow().variable("ringwall_numbers"))
                .isEmpty();
    }

    @Test
    void oneMapMoreMakesAnIndexOfItsLayout() {
        BpfObject object = counters(63);
        assertThat(text(object, "bpf_metadata_abi")).isEqualTo("2");
        assertThat(IndexMembers.of(object).get("ringwall_index_0")).hasSize(63).startsWith("counter_c0", "counter_c1");
        assertThat(object.map("ringwall_index_0").orElseThrow()).satisfies(index -> {
            assertThat(index.type()).isEqualTo(MapType.ARRAY_OF_MAPS);
            assertThat(index.maxEntries()).isEqualTo(63);
            assertThat(index.inner().orElseThrow().type()).isEqualTo(MapType.PERCPU_ARRAY);
        });
        assertThat(object.maps()).hasSize(64);
        assertThat(object.programs())
                .allSatisfy(program -> assertThat(MapIndexes.named(program))
                        .containsExactlyInAnyOrder(".data", ".rodata", "ringwall_index_0"));
    }

    /** Arrays of an index have equal sizes, and hashes the size of the smallest as a pattern. */
    @Test
    void layoutsAreThoseThatTheKernelCompares() {
        String declarations = lines(40, i -> "live set u" + i + " : uid max " + (5 + i))
                + lines(40, i -> "live set n" + i + " : net max 9")
                + "counter alone { tries: attempts }\n";
        BpfObject object = object(
                declarations,
                40,
                i -> "deny if remote.port == " + i + " and uid in u" + i + " and remote.ip in n" + i
                        + (i == 7 ? " { count alone }" : ""));
        assertThat(IndexMembers.of(object).keySet()).containsExactly("ringwall_index_0");
        assertThat(IndexMembers.of(object).get("ringwall_index_0"))
                .hasSize(40)
                .allSatisfy(map -> assertThat(map).startsWith("live_u"));
        assertThat(object.map("ringwall_index_0")
                        .orElseThrow()
                        .inner()
                        .orElseThrow()
                        .maxEntries())
                .isEqualTo(5);
        assertThat(object.map("live_u3").orElseThrow().maxEntries()).isOne();
    }

    @Test
    void ratesAreInIndexesOfKernelsThatAcceptLocksThere() {
        String declarations = lines(70, i -> "rate r" + i + " 10/s");
        Settings since = new Settings(List.of(new KernelVersion(6, 2)), ByteOrder.BIG_ENDIAN, Map.of());
        BpfObject object = object(since, declarations, 70, i -> "allow if remote.port == " + i + " within r" + i);
        assertThat(IndexMembers.of(object).get("ringwall_index_0")).hasSize(70);
        String text = "policy p\n" + declarations + "egress {\n"
                + lines(70, i -> "allow if remote.port == " + i + " within r" + i) + "default allow\n}\n";
        assertThat(Compiler.compile(new SourceFile("p.wall", text), Settings.DEFAULT).diagnostics().stream()
                        .filter(found -> found.severity() == Severity.ERROR))
                .singleElement()
                .satisfies(error -> assertThat(error.help().toString()).contains("requires kernel 6.2"));
    }

    /** The code of a rule is the address of a number, and a jump to code that all rules share. */
    @Test
    void aThousandCountersFitIntoOneProgram() {
        BpfObject object = counters(1_000);
        assertThat(object.programs())
                .allSatisfy(program -> assertThat(program.insns()).hasSizeLessThan(5_000));
    }
}
