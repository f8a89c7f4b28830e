// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.TypedCommands;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.ApplyResult;
import org.ringwall.loader.model.Comparison;
import org.ringwall.loader.object.ObjectFile;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test that the programs and maps in force of every sample are those of its object: the tags that
 * the loader computes are those of the kernel, and the kernel translates the code of the object to
 * the code in force.
 */
@KernelTest
class SamplesInForceKernelTest {
    @TempDir
    private Path folder = Path.of("");

    @TestFactory
    Stream<DynamicTest> everySampleInForceIsItsObject() {
        return Samples.all().stream()
                .map(path -> DynamicTest.dynamicTest(path.getFileName().toString(), () -> compares(path)));
    }

    private void compares(Path path) throws IOException {
        Compilation compilation = Samples.compile(path);
        compilation
                .policy()
                .requires()
                .ifPresent(floor -> RunningKernel.needs(
                        floor.major(), floor.minor(), "what a policy with `requires` may be made of"));
        Path file = Files.write(
                folder.resolve(path.getFileName() + ".o"), compilation.elf().toArray());
        PolicyObject object = ObjectFile.read(file.toString());
        TypedCommands commands = new TypedCommands();
        try (ChildCgroup cgroup = ChildCgroup.make();
                LoaderHost host = commands.host()) {
            ApplyResult result = host.applier()
                    .apply(new ApplyRequest(
                            object, "test", List.of(host.cgroups().at(cgroup.path())), Map.of(), false));
            try {
                Comparison comparison = host.comparison().apply(result.name());
                assertThat(comparison.differences()).isEmpty();
                assertThat(comparison.unchecked()).isEmpty();
                assertThat(comparison.programs()).isEqualTo(result.hooks().size());
                assertThat(comparison.maps()).isPositive();
            } finally {
                host.remover().remove(result.name());
            }
        }
    }
}
