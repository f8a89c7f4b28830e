package org.ringwall.compiler.driver;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.SourceFile;

class CodeSizeTest {
    @Test
    void anObjectWhoseBranchesDoNotReachIsAnErrorAndNoObject() {
        CompileResult result = compile(20_000, KernelVersion.V5_10);
        assertThat(result.compilation()).isEmpty();
        assertThat(result.diagnostics())
                .anySatisfy(diagnostic -> assertThat(diagnostic.code()).isEqualTo(Code.CODE_TOO_LARGE))
                .allSatisfy(diagnostic -> assertThat(diagnostic.help()).isPresent());
    }

    @Test
    void longJumpsOfNewerKernelsReach() {
        CompileResult result = compile(20_000, KernelVersion.V6_12);
        assertThat(result.diagnostics()).isEmpty();
        assertThat(result.compilation()).isPresent();
    }

    /** Every second address of a range, so that no two can be joined. */
    private static CompileResult compile(int addresses, KernelVersion target) {
        String list = IntStream.range(0, addresses)
                .mapToObj(i -> "10.%d.%d.%d".formatted(i >> 15, i >> 7 & 255, i << 1 & 255))
                .collect(Collectors.joining(", "));
        String text = "policy large\non connect4 {\n  deny if remote.ip in { " + list + " }\n  default allow\n}\n";
        Settings settings = new Settings(List.of(target), ByteOrder.LITTLE_ENDIAN, Map.of());
        return Compiler.compile(new SourceFile("large.wall", text), settings);
    }
}
