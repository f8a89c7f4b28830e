package org.ringwall.compiler.check;

import java.util.Optional;
import java.util.function.Function;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Span;

/** What a piece of text says, or what is wrong with it. */
sealed interface Reading<T> {
    /** It says this. */
    record Good<T>(T value) implements Reading<T> {}

    /** It says nothing: a message and the words to write instead. */
    record Bad<T>(Code code, String message, String help) implements Reading<T> {}

    static <T> Reading<T> good(T value) {
        return new Good<>(value);
    }

    static <T> Reading<T> bad(Code code, String message, String help) {
        return new Bad<>(code, message, help);
    }

    /** Goes on with what was read; what is wrong stays wrong. */
    default <R> Reading<R> then(Function<T, Reading<R>> next) {
        if (this instanceof Good<T> good) {
            return next.apply(good.value);
        }
        Bad<T> bad = (Bad<T>) this;
        return new Bad<>(bad.code, bad.message, bad.help);
    }

    /** The value, or empty after reporting what is wrong at this place. */
    default Optional<T> orReport(Findings findings, Span at) {
        if (this instanceof Good<T> good) {
            return Optional.of(good.value);
        }
        Bad<T> bad = (Bad<T>) this;
        findings.add(Diagnostic.of(bad.code, at, bad.message).help(bad.help));
        return Optional.empty();
    }
}
