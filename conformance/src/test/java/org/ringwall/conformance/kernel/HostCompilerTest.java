// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.testkit.Guard;

/** The two sides of {@link HostCompiler}, which share a folder. */
class HostCompilerTest {
    private static final SourceFile POLICY =
            new SourceFile("p.wall", "policy p\n\negress { deny EACCES if remote.port == 7; default allow }\n");

    @TempDir
    private Path folder = Path.of("");

    private Thread server = new Thread();

    @BeforeEach
    void start() {
        server = HostCompiler.serve(folder);
    }

    @AfterEach
    void end() throws InterruptedException {
        server.interrupt();
        Guard.ended(server);
    }

    @Test
    void theObjectIsTheOneThatIsCompiledHere() {
        Settings big = new Settings(
                List.of(new KernelVersion(6, 1), new KernelVersion(6, 12)), ByteOrder.BIG_ENDIAN, Map.of());
        Settings little = new Settings(List.of(new KernelVersion(6, 1)), ByteOrder.LITTLE_ENDIAN, Map.of());
        for (Settings settings : List.of(big, little)) {
            assertThat(new HostCompiler(folder).elf(POLICY, settings))
                    .isEqualTo(PolicyObjects.compile(POLICY, settings).elf().toArray());
        }
        assertThat(folder).isDirectoryNotContaining("glob:**.request");
    }

    @Test
    void anErrorFailsTheTestWithItsDiagnostics() {
        SourceFile wrong =
                new SourceFile("wrong.wall", "policy p\negress { deny if remote.prt == 7; default allow }\n");
        assertThatThrownBy(() -> new HostCompiler(folder).elf(wrong, Settings.DEFAULT))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("wrong.wall")
                .hasMessageContaining("remote.prt");
    }

    @Test
    void paramsAreRefused() {
        Settings params = new Settings(List.of(), ByteOrder.LITTLE_ENDIAN, Map.of("port", "7"));
        assertThatThrownBy(() -> new HostCompiler(folder).elf(POLICY, params))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
