// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.text;

import java.util.Optional;
import java.util.function.Function;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Span;

/** The result of parsing a piece of text: a value, or an error. */
public sealed interface Reading<T> {
    /** A valid value. */
    record Good<T>(T value) implements Reading<T> {}

    /** An error: a message, and help with the text to write instead. */
    record Bad<T>(Code code, String message, String help) implements Reading<T> {}

    static <T> Reading<T> good(T value) {
        return new Good<>(value);
    }

    static <T> Reading<T> bad(Code code, String message, String help) {
        return new Bad<>(code, message, help);
    }

    /** Continues with a valid value; keeps an error. */
    default <R> Reading<R> then(Function<T, Reading<R>> next) {
        if (this instanceof Good<T> good) {
            return next.apply(good.value);
        }
        Bad<T> bad = (Bad<T>) this;
        return new Bad<>(bad.code, bad.message, bad.help);
    }

    /** Returns the value, or reports the error at this span and returns empty. */
    default Optional<T> orReport(Findings findings, Span at) {
        if (this instanceof Good<T> good) {
            return Optional.of(good.value);
        }
        Bad<T> bad = (Bad<T>) this;
        findings.add(Diagnostic.of(bad.code, at, bad.message).help(bad.help));
        return Optional.empty();
    }
}
