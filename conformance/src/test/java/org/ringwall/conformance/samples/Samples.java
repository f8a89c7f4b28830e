// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.samples;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.CompileResult;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.testkit.GoldenCase;

/** The policies of the `samples` module. */
public final class Samples {
    private Samples() {}

    /** Returns every sample, sorted by name. */
    public static List<Path> all() {
        try (Stream<Path> files = Files.list(GoldenCase.projectRoot().resolve("samples/policies"))) {
            return files.filter(file -> file.toString().endsWith(".wall"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Compiles a sample for the default target; any diagnostic is a failure. */
    public static Compilation compile(Path path) {
        return compile(path.getFileName().toString(), read(path));
    }

    /** Compiles policy text likewise. */
    public static Compilation compile(String name, String text) {
        return compile(name, text, ByteOrder.LITTLE_ENDIAN);
    }

    /** Compiles a sample for the default target in this byte order. */
    public static Compilation compile(Path path, ByteOrder order) {
        return compile(path.getFileName().toString(), read(path), order);
    }

    /** Compiles policy text likewise. */
    public static Compilation compile(String name, String text, ByteOrder order) {
        Settings settings = new Settings(List.of(), order, Map.of());
        CompileResult result = Compiler.compile(new SourceFile(name, text), settings);
        if (!result.diagnostics().isEmpty()) {
            throw new AssertionError(DiagnosticRenderer.render(result.diagnostics()));
        }
        return result.compilation().orElseThrow();
    }

    /** Compiles policy text that the compiler may warn about; an error is a failure. */
    public static Compilation compileWithWarnings(String name, String text) {
        CompileResult result = Compiler.compile(new SourceFile(name, text), Settings.DEFAULT);
        return result.compilation()
                .orElseThrow(() -> new AssertionError(DiagnosticRenderer.render(result.diagnostics())));
    }

    /** Returns the text of a sample. */
    static String read(Path path) {
        try {
            return Files.readString(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
