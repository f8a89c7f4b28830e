// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.api;

import java.math.BigInteger;
import java.util.List;
import org.ringwall.compiler.report.Diagnostic;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.Span;

/** A translation of the values of the stages to the records of this package. */
final class Translation {
    private Translation() {}

    static List<Diagnostic> diagnostics(List<org.ringwall.compiler.source.Diagnostic> found) {
        return found.stream().map(Translation::diagnostic).toList();
    }

    private static Diagnostic diagnostic(org.ringwall.compiler.source.Diagnostic found) {
        return new Diagnostic(
                found.severity(),
                found.code().id(),
                found.message(),
                range(found.at()),
                found.label(),
                found.help(),
                found.notes().stream()
                        .map(note ->
                                new Diagnostic.Note(note.message(), note.at().map(Translation::range)))
                        .toList(),
                DiagnosticRenderer.render(found).strip());
    }

    private static Diagnostic.Range range(Span span) {
        return new Diagnostic.Range(
                span.file().name(),
                position(span.position()),
                position(span.file().position(span.end())));
    }

    private static Diagnostic.Position position(SourceFile.Position at) {
        return new Diagnostic.Position(at.line(), at.column());
    }

    static Param param(org.ringwall.compiler.policy.Param param) {
        return new Param(
                param.name(),
                param.typeName(),
                unsigned(param.min()),
                unsigned(param.max()),
                unsigned(param.defaultValue()));
    }

    private static BigInteger unsigned(long value) {
        return new BigInteger(Long.toUnsignedString(value));
    }
}
