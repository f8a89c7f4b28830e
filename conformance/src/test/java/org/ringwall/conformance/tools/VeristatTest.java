// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.conformance.kernel.Rounds;
import org.ringwall.conformance.tools.SampleObjects.SampleObject;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/** A test of the verifier's work on every sample's programs, measured by veristat. */
@KernelTest
@ToolTest("veristat")
class VeristatTest {
    /** The slots of the code that tests for monitor mode. */
    private static final int MONITOR = 26;

    /**
     * The most instructions that the verifier may process for each slot. It may walk an instruction
     * again, but must prune at joins.
     */
    private static final int WALKS = 4;

    /**
     * The same for a program with loops, for each slot as often as its loop can repeat: the code
     * after a loop is walked for each exit.
     */
    private static final int LOOPED_WALKS = 10;

    @TempDir
    Path directory;

    @TestFactory
    Stream<DynamicTest> verifierWorkIsLimitedBySize() {
        System.out.printf("%-20s %-16s %9s %6s%n", "sample", "program", "processed", "slots");
        return SampleObjects.each(directory, VeristatTest::walks);
    }

    private static void walks(SampleObject sample) {
        String table = Command.run(
                        sample.directory(), "veristat", "-q", "-o", "csv", "-e", "prog,verdict,insns", sample.file())
                .succeeded();
        List<List<String>> rows =
                table.lines().skip(1).map(line -> List.of(line.split(",", -1))).toList();
        List<ProgramSpec> programs = sample.compilation().object().programs();
        assertThat(rows).as(table).hasSameSizeAs(programs);
        for (List<String> row : rows) {
            ProgramSpec program =
                    sample.compilation().object().program(row.get(0)).orElseThrow(() -> new AssertionError(table));
            int processed = Integer.parseInt(row.get(2));
            System.out.printf("%-20s %-16s %9d %6d%n", sample.name(), program.name(), processed, program.slots());
            assertThat(row.get(1)).as(table).isEqualTo("success");
            long slots = Rounds.slots(program);
            long most = (slots > program.slots() ? LOOPED_WALKS : WALKS) * slots;
            assertThat((long) processed).as(table).isPositive().isLessThanOrEqualTo(most);
        }
    }

    @Test
    void aHundredNamePrefixesAreVerifiedInOnePass() throws IOException {
        List<String> files = List.of("rp", "arp", "accept", "log");
        String prefixes = IntStream.range(0, 100)
                .mapToObj(i -> "\"net/ipv4/conf/eth%d/%s_\"".formatted(i % 25, files.get(i / 25)))
                .collect(Collectors.joining(", "));
        String text = "policy hundred\nsysctl {\n  deny if write and name prefix { %s }\n  default allow\n}\n"
                .formatted(prefixes);
        Load load = load("100 prefixes of names", text);
        assertThat(load.slots()).isLessThan(800);
        assertThat(load.processed()).isLessThan(800);
    }

    /** A program as the verifier accepted it. */
    private record Load(int slots, int processed) {}

    /**
     * Returns the verifier's work on the first program of the policy; all programs must be
     * accepted.
     */
    private Load load(String name, String text) throws IOException {
        Settings settings = new Settings(List.of(KernelVersion.V5_10), ByteOrder.nativeOrder(), Map.of());
        Compilation compilation = Compiler.compile(new SourceFile("policy.wall", text), settings)
                .compilation()
                .orElseThrow();
        Files.write(directory.resolve("policy.o"), compilation.elf().toArray());
        String table = Command.run(directory, "veristat", "-q", "-o", "csv", "-e", "prog,verdict,insns", "policy.o")
                .succeeded();
        List<List<String>> rows =
                table.lines().skip(1).map(line -> List.of(line.split(",", -1))).toList();
        assertThat(rows).as(table).isNotEmpty().allMatch(row -> row.get(1).equals("success"));
        int slots = compilation.object().programs().get(0).slots();
        int processed = Integer.parseInt(rows.get(0).get(2));
        System.out.printf("%-20s %-16s %9d %6d%n", name, rows.get(0).get(0), processed, slots);
        return new Load(slots, processed);
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 1_000, 10_000, 100_000})
    void singleAddressesTakeOneHashProbe(int count) throws IOException {
        Random random = new Random(count);
        String addresses = random.ints(count)
                .mapToObj(i -> "%d.%d.%d.%d".formatted(1 + (i >>> 24) % 100, i >> 16 & 255, i >> 8 & 255, i & 255))
                .distinct()
                .collect(Collectors.joining(",\n"));
        Load load = load(
                count + " addresses",
                "policy addresses\negress {\n  deny if remote.ip in {\n" + addresses + "\n}\n  default allow\n}\n");
        assertThat(load.slots()).isLessThanOrEqualTo(52 + MONITOR);
        assertThat(load.processed()).isLessThanOrEqualTo(83);
    }

    /** The devices that container runtimes allow by default. */
    @Test
    void theUsualDeviceListIsAShortProgram() throws IOException {
        Load load = load("usual devices", """
                policy usual
                devices {
                  allow m
                  allow rwm if dev in { "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom" }
                  allow rwm if dev in { "/dev/tty", "/dev/console", "/dev/ptmx", char 136:* }
                  default deny
                }
                """);
        assertThat(load.slots()).isLessThanOrEqualTo(36 + MONITOR);
        assertThat(load.processed()).isLessThanOrEqualTo(50 + MONITOR);
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 1_000, 20_000})
    void manyDevicesTakeAnIndexAndOneHashProbe(int count) throws IOException {
        Random random = new Random(count);
        String devices = random.ints(count, 0, 1 << 17)
                .distinct()
                .mapToObj(i -> "char %d:%d".formatted(1 + (i >> 8), i & 255))
                .collect(Collectors.joining(",\n"));
        Load load = load(
                count + " devices",
                "policy many\ndevices {\n  allow m\n  allow rw if dev in {\n" + devices + "\n}\n  default deny\n}\n");
        assertThat(load.slots()).isLessThanOrEqualTo(68 + MONITOR);
        assertThat(load.processed()).isLessThanOrEqualTo(80);
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 1_000, 10_000})
    void ipv6AddressesTakeAChainOfTables(int count) throws IOException {
        Random random = new Random(count);
        String addresses = random.longs(count)
                .mapToObj(bits -> "2001:db8:%x:%x:%x:%x:%x:1"
                        .formatted(bits & 7, bits >> 3 & 0xffff, bits >> 19 & 0xffff, bits >> 35 & 0xffff, bits >>> 51))
                .distinct()
                .collect(Collectors.joining(",\n"));
        Load load = load(
                count + " addresses of v6",
                "policy addresses\non connect6 {\n  deny if remote.ip in {\n" + addresses
                        + "\n}\n  default allow\n}\n");
        assertThat(load.slots()).isLessThanOrEqualTo(600);
        assertThat(load.processed()).isLessThanOrEqualTo(600);
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 100, 1_000, 10_000, 100_000})
    void prefixLookupsAreVerifiedInOnePass(int count) throws IOException {
        Random random = new Random(count);
        String prefixes = IntStream.range(0, count)
                .mapToObj(i -> "%d.%d.%d.%d/%d"
                        .formatted(
                                128 + (i >> 12),
                                i >> 4 & 255,
                                (i & 15) << 4 | random.nextInt(16),
                                random.nextInt(8) * 32,
                                28 + random.nextInt(2)))
                .collect(Collectors.joining(",\n"));
        Load load = load(
                count + " prefixes",
                "policy prefixes\negress {\n  deny if remote.ip in {\n" + prefixes + "\n}\n  default allow\n}\n");
        assertThat(load.slots()).isLessThanOrEqualTo(300);
        assertThat(load.processed()).isLessThanOrEqualTo(300);
    }
}
