// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.ObjectReader;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.conformance.tools.SampleObjects.SampleObject;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Pinned;
import org.ringwall.testkit.ToolTest;

/**
 * A test of the samples with libbpf's static linker, and as skeletons in C programs that open, load
 * and destroy them.
 */
@ToolTest({"bpftool", "clang-19"})
class LibbpfToolchainTest {
    /** The kernel identifies a lock by the name of its struct, which `linux/bpf.h` also defines. */
    private static final String TYPES_FIRST = """
            #define BPF_NO_PRESERVE_ACCESS_INDEX
            #define bpf_spin_lock ringwall_spin_lock
            #include "types.h"
            #undef bpf_spin_lock
            """;

    private static final String PROGRAM = """
            #include "sample.skel.h"

            int main(void)
            {
                struct sample *sample = sample__open();
                if (!sample)
                    return 2;
                if (sample->data->ringwall_control.lo || sample->data->ringwall_control.monitor_until)
                    return 3;
                sample->data->ringwall_control.hi = 0;
                if (sample__load(sample))
                    return 4;
                if (bpf_map__fd(sample->maps.data) < 0)
                    return 5;
                sample__destroy(sample);
                return 0;
            }
            """;

    @TempDir
    Path directory;

    @TestFactory
    Stream<DynamicTest> theStaticLinkerAcceptsEverySample() {
        return SampleObjects.each(directory, sample -> {
            BpfObject linked = ObjectReader.read(Files.readAllBytes(linked(sample)));
            BpfObject own = sample.compilation().object();
            assertThat(linked.license()).isEqualTo(own.license());
            assertThat(linked.programs())
                    .extracting(ProgramSpec::name)
                    .containsExactlyInAnyOrderElementsOf(
                            own.programs().stream().map(ProgramSpec::name).toList());
            assertThat(linked.maps())
                    .extracting(MapSpec::name)
                    .containsExactlyInAnyOrderElementsOf(
                            own.maps().stream().map(MapSpec::name).toList());
            assertThat(PolicyObject.of(linked).policy())
                    .isEqualTo(sample.compilation().policy().name());
        });
    }

    @KernelTest
    @TestFactory
    Stream<DynamicTest> staticallyLinkedObjectsLoad() {
        return SampleObjects.each(directory, sample -> {
            String file = linked(sample).getFileName().toString();
            try (Pinned pinned = Pinned.load(sample.directory(), file)) {
                assertThat(pinned.names())
                        .hasSameSizeAs(sample.compilation().object().programs());
            }
        });
    }

    private static Path linked(SampleObject sample) {
        String file = "linked-" + sample.file();
        Command.run(sample.directory(), "bpftool", "gen", "object", file, sample.file())
                .succeeded();
        return sample.directory().resolve(file);
    }

    @KernelTest
    @TestFactory
    Stream<DynamicTest> aSkeletonCompilesAndRuns() {
        return SampleObjects.each(directory, sample -> runs(sample, ""));
    }

    @KernelTest
    @TestFactory
    Stream<DynamicTest> aSkeletonCompilesAndRunsAfterTheTypesOfItsObject() {
        return SampleObjects.each(directory, sample -> runs(sample, TYPES_FIRST));
    }

    private static void runs(SampleObject sample, String before) throws IOException {
        Path folder = Files.createDirectory(sample.directory().resolve(sample.name()));
        print(folder, "sample.skel.h", "bpftool", "gen", "skeleton", "../" + sample.file(), "name", "sample");
        print(folder, "types.h", "bpftool", "btf", "dump", "file", "../" + sample.file(), "format", "c");
        Files.writeString(folder.resolve("main.c"), before + PROGRAM);
        List<String> compile =
                List.of("clang-19", "-Wall", "-Wno-unused-function", "-Werror", "main.c", "-o", "main", "-lbpf");
        Command.run(folder, compile).succeeded();
        Command.run(folder, "./main").succeeded();
    }

    private static void print(Path folder, String file, String... words) throws IOException {
        Files.writeString(folder.resolve(file), Command.run(folder, words).succeeded());
    }
}
