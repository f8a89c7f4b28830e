// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.testkit.Allocated;

/** The moment at which the ELF file of a compilation is made. */
class ElfFileTest {
    private static final String POLICY = """
            policy p
            egress {
              allow if remote.ip in 10.0.0.0/8 and remote.port in { 80, 443 }
              deny  if comm == "curl"
              default allow
            }
            """;

    @Test
    void theFileIsMadeAtTheFirstCallAndKept() throws Exception {
        Compilation compilation = Compiler.compile(new SourceFile("p.wall", POLICY), Settings.DEFAULT)
                .compilation()
                .orElseThrow();
        Allocated<Bytes> first = Allocated.by(compilation::elf);
        Allocated<Bytes> second = Allocated.by(compilation::elf);
        assertThat(first.bytes()).isGreaterThan(10L * first.result().size());
        assertThat(second.bytes()).isLessThan(first.result().size());
        assertThat(second.result()).isSameAs(first.result());
    }
}
