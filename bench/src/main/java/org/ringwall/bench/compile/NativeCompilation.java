// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.compile;

import java.nio.ByteOrder;
import java.util.Optional;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.CompileResult;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.report.Diagnostic.Severity;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.SourceFile;

/** Whole compilations for this machine's byte order. */
public final class NativeCompilation {
    private NativeCompilation() {}

    /** Compiles a policy to an object, and makes the bytes of the object. */
    public static CompileResult of(SourceFile source) {
        CompileResult result = Compiler.compile(
                source, new Settings(Settings.DEFAULT.targets(), ByteOrder.nativeOrder(), Settings.DEFAULT.params()));
        result.compilation().ifPresent(Compilation::elf);
        return result;
    }

    /** Returns the first error of a policy that was refused. */
    public static Optional<Diagnostic> firstError(CompileResult result) {
        return result.diagnostics().stream()
                .filter(diagnostic -> diagnostic.severity() == Severity.ERROR)
                .findFirst();
    }
}
