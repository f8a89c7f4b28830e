// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.text;

import java.util.Optional;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DidYouMean;

/** A reader of socket options by level and number, such as `SOL_SOCKET:36`. */
public final class OptionText {
    private OptionText() {}

    /** Returns the level in the high and the number in the low half; empty after a report. */
    public static Optional<Long> numbers(Value.Option option, Findings findings) {
        Optional<Long> level = level(option.level(), findings);
        Optional<Long> number = NumberText.read(option.number().text(), FieldType.INT)
                .orReport(findings, option.number().span());
        return level.flatMap(high -> number.map(low -> high << 32 | low));
    }

    private static Optional<Long> level(Value level, Findings findings) {
        if (level instanceof Value.Literal literal) {
            return NumberText.read(literal.text(), FieldType.SOCKET_LEVEL).orReport(findings, literal.span());
        }
        String name = ((Value.Reference) level).name();
        Optional<Long> number = Constants.number(name, FieldType.SOCKET_LEVEL);
        if (number.isEmpty()) {
            findings.add(Diagnostic.of(
                            Code.UNKNOWN_NAME, level.span(), "there is no socket option level `%s`".formatted(name))
                    .help(DidYouMean.help(name, Constants.words(FieldType.SOCKET_LEVEL))
                            .orElse("write its number, or one of `%s`"
                                    .formatted(String.join("`, `", Constants.words(FieldType.SOCKET_LEVEL))))));
        }
        return number;
    }
}
