// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.bpf.object.LineInfo;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bpf.verifier.Rewriting;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.conformance.differential.PrefixList;
import org.ringwall.conformance.kernel.CompiledPolicies;
import org.ringwall.conformance.tools.SampleObjects.SampleObject;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Pinned;
import org.ringwall.testkit.ToolTest;

/** A test of every sample with libbpf and the kernel, through bpftool. */
@ToolTest("bpftool")
class BpftoolTest {
    private static final Pattern LINE =
            Pattern.compile("^; (.*) \\[file:(\\S+) line_num:(\\d+) line_col:(\\d+)]$", Pattern.MULTILINE);

    @TempDir
    Path directory;

    /** Loads each sample once for all three checks, because bpftool starts and loads slowly. */
    @KernelTest
    @TestFactory
    Stream<DynamicTest> everySampleLoadsWithItsSourceLinesAndMetadata() {
        return SampleObjects.each(directory, sample -> {
            try (Pinned pinned = Pinned.load(sample.directory(), sample.file())) {
                hasProgramsAndMaps(sample, pinned);
                showsLines(sample, pinned);
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> btfHasTheControlWordAtItsOffsets() {
        return SampleObjects.inBothOrders(directory, BpftoolTest::showsControlWord);
    }

    /**
     * libbpf rejects objects of the other byte order and reports it; bpftool reads the types of
     * both.
     */
    @TestFactory
    Stream<DynamicTest> libbpfRefusesObjectsForOtherMachines() {
        return SampleObjects.inBothOrders(directory, BpftoolTest::isRefusedWhereForeign);
    }

    /** A table that does not fit in one section is stored in several, each of which is a map. */
    @KernelTest
    @Test
    void anObjectWithSeveralSectionsLoads() throws IOException {
        byte[] elf = PrefixList.elf(PrefixList.ofTables(PrefixList.MILLION));
        BpfObject made = CompiledPolicies.read(elf);
        List<String> sections = made.data().stream().map(DataSection::name).toList();
        assertThat(sections).contains(".rodata", ".rodata.1");
        Files.write(directory.resolve("huge.o"), elf);
        try (Pinned pinned = Pinned.load(directory, "huge.o")) {
            assertThat(pinned.names())
                    .containsExactlyInAnyOrderElementsOf(
                            made.programs().stream().map(ProgramSpec::name).toList());
            assertThat(pinned.maps()).hasSize(sections.size());
        }
    }

    private static final Pattern REWRITTEN = Pattern.compile("xlated (\\d+)B");
    private static final int SLOT = 8;

    private static void isRefusedWhereForeign(SampleObject sample) {
        boolean own = sample.compilation().object().order().equals(ByteOrder.nativeOrder());
        Command skeleton = Command.run(sample.directory(), "bpftool", "gen", "skeleton", sample.file(), "name", "s");
        assertThat(skeleton.status() == 0).as(skeleton.output()).isEqualTo(own);
        assertThat(skeleton.output().contains("endianness mismatch")).isNotEqualTo(own);
    }

    private static void hasProgramsAndMaps(SampleObject sample, Pinned pinned) {
        List<ProgramSpec> programs = sample.compilation().object().programs();
        List<String> declared =
                sample.compilation().object().maps().stream().map(MapSpec::name).toList();
        assertThat(pinned.names())
                .containsExactlyInAnyOrderElementsOf(
                        programs.stream().map(ProgramSpec::name).toList());
        assertThat(pinned.maps())
                .hasSize(2 + declared.size())
                .containsAll(declared)
                .anyMatch(map -> map.endsWith("_data"))
                .anyMatch(map -> map.endsWith("_rodata"));
        for (ProgramSpec program : programs) {
            Hook hook = Hook.ofSection(program.section()).orElseThrow();
            String type = hook.programType().name().toLowerCase(Locale.ROOT);
            String shown = pinned.program(program.name(), List.of("show"));
            assertThat(shown)
                    .contains(": " + type + "  name " + program.name() + "  ")
                    .contains("  gpl\n")
                    .contains("\tmetadata:\n")
                    .contains("\t\tpolicy = \"" + sample.compilation().policy().name() + "\"\n")
                    .contains("\t\tabi = \"1\"\n")
                    .contains("\t\ttool = \"ringwallc ")
                    .containsPattern("\t\tsource = \"[0-9a-f]{64}\"\n");
            int most = Rewriting.mostSlots(hook, program.insns());
            assertThat(REWRITTEN.matcher(shown).results().map(found -> Integer.parseInt(found.group(1)) / SLOT))
                    .as(shown)
                    .singleElement()
                    .satisfies(slots -> assertThat(slots).isBetween(program.slots() / 2, most));
        }
    }

    /**
     * Checks the lines of the loaded programs. Each line that the kernel shows is a line of the
     * policy with its number, and none of the object's lines is missing. Of the rules with a
     * verdict, at least one is shown for each verdict (rules with the same verdict share code). If
     * the last test of a program yields both verdicts as one bit, one line represents both.
     */
    private static void showsLines(SampleObject sample, Pinned pinned) {
        SourceFile source = sample.compilation().policy().blocks().get(0).span().file();
        for (ProgramSpec program : sample.compilation().object().programs()) {
            String dump = pinned.program(program.name(), List.of("dump", "xlated"), "linum");
            Set<Integer> shown = LINE.matcher(dump)
                    .results()
                    .map(found -> number(source, found))
                    .collect(Collectors.toSet());
            assertThat(shown)
                    .as(program.name() + "\n" + dump)
                    .isEqualTo(program.lines().stream().map(LineInfo::line).collect(Collectors.toSet()));
            Hook hook = Hook.ofSection(program.section()).orElseThrow();
            Map<Verdict, Set<Integer>> deciding = DecidingRules.lines(sample.compilation(), hook);
            long found = deciding.values().stream()
                    .filter(lines -> lines.stream().anyMatch(shown::contains))
                    .count();
            boolean bit = deciding.keySet().equals(Set.of(Verdict.ALLOW, Verdict.DENY))
                    && program.insns().stream().anyMatch(BpftoolTest::endsABit);
            assertThat(found)
                    .as(program.name() + " of " + deciding + "\n" + dump)
                    .isGreaterThanOrEqualTo(bit ? 1 : deciding.size());
        }
    }

    /**
     * Returns whether the instruction extracts a single bit: of a lookup or a mask, or of a product
     * or a hash.
     */
    private static boolean endsABit(Insn insn) {
        return insn instanceof Insn.Alu alu
                && alu.dst() == Reg.R0
                && (alu.equals(new Insn.Alu(Insn.AluOp.AND, Width.DW, Reg.R0, Operand.of(1)))
                        || alu.equals(new Insn.Alu(Insn.AluOp.RSH, Width.DW, Reg.R0, Operand.of(Long.SIZE - 1))));
    }

    private static int number(SourceFile source, MatchResult found) {
        int line = Integer.parseInt(found.group(3));
        assertThat(found.group(2)).isEqualTo(source.name());
        assertThat(source.line(line).strip()).isEqualTo(found.group(1).strip());
        return line;
    }

    private static void showsControlWord(SampleObject sample) {
        String types = Command.run(sample.directory(), "bpftool", "btf", "dump", "file", sample.file())
                .succeeded();
        Matcher word = Pattern.compile("\\[(\\d+)] STRUCT '\\(anon\\)' size=24 vlen=5\n((?:\t.*\n)*)")
                .matcher(types);
        assertThat(word.find()).as(types).isTrue();
        assertThat(word.group(2).replaceAll("type_id=\\d+ ", "")).isEqualTo("""
                        \t'lo' bits_offset=0
                        \t'hi' bits_offset=32
                        \t'mode' bits_offset=64
                        \t'reserved' bits_offset=96
                        \t'monitor_until' bits_offset=128
                        """);
        assertThat(types)
                .contains("VAR 'ringwall_control' type_id=" + word.group(1) + ", linkage=global")
                .contains("DATASEC '.data' size=24 vlen=1");
    }
}
