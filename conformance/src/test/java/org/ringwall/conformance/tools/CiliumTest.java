// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.conformance.tools.SampleObjects.SampleObject;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/** A test that cilium/ebpf reads and loads every sample. */
@KernelTest
@ToolTest({"go", ToolTest.CILIUM, ToolTest.GO_SYS})
class CiliumTest {
    private static final Path GOPATH = Path.of("/usr/share/gocode");
    private static final Path MODULE = GoldenCase.projectRoot().resolve("conformance");
    private static final Path LOADER = MODULE.resolve("target/go/loadobject");

    @TempDir
    Path directory;

    /**
     * Builds the loader once for all samples, with a cache that outlives the run, because compiling
     * the library takes long.
     */
    @BeforeAll
    static void build() throws IOException {
        Files.createDirectories(LOADER.getParent());
        ProcessBuilder builder = new ProcessBuilder("go", "build", "-o", LOADER.toString(), "main.go");
        builder.environment().put("GO111MODULE", "off");
        builder.environment().put("GOPATH", GOPATH.toString());
        builder.environment().put("CGO_ENABLED", "0");
        builder.environment().put("GOCACHE", MODULE.resolve("target/go/cache").toString());
        Path source = MODULE.resolve("src/test/go/loadobject/main.go");
        Path work = Files.createTempDirectory(LOADER.getParent(), "build");
        Files.copy(source, work.resolve("main.go"));
        Command.run(work, builder).succeeded();
    }

    @TestFactory
    Stream<DynamicTest> ciliumEbpfReadsAndLoadsEverySample() {
        return SampleObjects.each(directory, CiliumTest::loads);
    }

    private static void loads(SampleObject sample) {
        BpfObject object = sample.compilation().object();
        List<String> expected = new ArrayList<>();
        object.programs().stream()
                .sorted(Comparator.comparing(ProgramSpec::name))
                .filter(CiliumTest::isKnownThere)
                .map(CiliumTest::line)
                .forEach(expected::add);
        for (String data : List.of(".data", ".rodata")) {
            int size = object.section(data).orElseThrow().content().size();
            expected.add("map " + data + " Array " + size);
        }
        String printed = Command.run(sample.directory(), LOADER.toString(), sample.file())
                .succeeded();
        assertThat(printed.lines().toList()).isEqualTo(expected);
    }

    /**
     * Returns whether the packaged library has a name for the section; it omits those of the unix
     * hooks.
     */
    private static boolean isKnownThere(ProgramSpec program) {
        return !program.section().endsWith("_unix");
    }

    private static String line(ProgramSpec program) {
        Hook hook = Hook.ofSection(program.section()).orElseThrow();
        return "program %s %s %d %d %d"
                .formatted(
                        program.name(),
                        hook.section(),
                        hook.programType().number(),
                        hook.attachType(),
                        program.slots());
    }
}
