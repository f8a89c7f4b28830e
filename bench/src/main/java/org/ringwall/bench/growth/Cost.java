// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.growth;

import org.ringwall.bench.compile.NativeCompilation;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.CompileResult;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.testkit.Allocated;

/**
 * What one compilation cost.
 *
 * @param largest the slots of the largest program
 * @param all the slots of all programs
 * @param allocated the bytes that the compilation allocated in the calling thread; policies of a
 *     thousand rules allocate in other threads too
 */
public record Cost(int largest, int all, long allocated) {
    /** A policy that was refused. */
    public static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1;

        private RefusedException(String message) {
            super(message);
        }
    }

    /**
     * Compiles a policy for this machine's byte order, and judges its known bypasses, as the
     * command does.
     *
     * @throws RefusedException with the code and the message of the first error
     */
    public static Cost of(String policy) throws RefusedException {
        SourceFile source = new SourceFile("growth.wall", policy);
        Allocated<CompileResult> compiled;
        try {
            compiled = Allocated.by(() -> {
                CompileResult result = NativeCompilation.of(source);
                result.compilation().ifPresent(Compilation::coverage);
                return result;
            });
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        CompileResult result = compiled.result();
        if (result.compilation().isEmpty()) {
            throw new RefusedException(firstError(result));
        }
        BpfObject object = result.compilation().get().object();
        int largest =
                object.programs().stream().mapToInt(ProgramSpec::slots).max().orElseThrow();
        int all = object.programs().stream().mapToInt(ProgramSpec::slots).sum();
        return new Cost(largest, all, compiled.bytes());
    }

    private static String firstError(CompileResult result) {
        return NativeCompilation.firstError(result)
                .map(diagnostic -> diagnostic.code().id() + " " + diagnostic.message())
                .orElse("refused without an error");
    }
}
