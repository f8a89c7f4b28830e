// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.rule;

import java.util.Optional;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Span;

/**
 * The limits of assignments at `getsockopt`: a program can turn a failure into success, and shorten
 * an answer.
 */
final class OptionOperands {
    private static final long LONGEST = 4096;

    private OptionOperands() {}

    /**
     * Whether the kernel accepts the operand for this field; reports if not. Fields of other hooks
     * accept all values of their type.
     */
    static boolean areTaken(Field field, Effect.Operand operand, Span at, Findings findings) {
        Optional<Diagnostic> refused = switch (field) {
            case RETVAL -> retval(operand, at);
            case OPTLEN -> optlen(operand, at);
            default -> Optional.empty();
        };
        refused.ifPresent(findings::add);
        return refused.isEmpty();
    }

    private static Optional<Diagnostic> retval(Effect.Operand operand, Span at) {
        boolean success = operand.equals(new Effect.Operand.OfNumber(0));
        return success
                ? Optional.empty()
                : Optional.of(Diagnostic.of(
                                Code.UNASSIGNABLE_VALUE,
                                at,
                                "`retval` can be assigned only 0, which makes the call succeed")
                        .help("write `assign retval = 0`, or `deny EACCES if …` to make the call fail"));
    }

    private static Optional<Diagnostic> optlen(Effect.Operand operand, Span at) {
        boolean taken = operand instanceof Effect.Operand.OfNumber number
                ? isLength(number.value())
                : operand instanceof Effect.Operand.OfParam of
                        && isLength(of.param().min())
                        && isLength(of.param().max());
        return taken
                ? Optional.empty()
                : Optional.of(
                        Diagnostic.of(
                                        Code.UNASSIGNABLE_VALUE,
                                        at,
                                        "`optlen` can be assigned only 1..%d".formatted(LONGEST))
                                .help(
                                        "write the number of bytes to return, as in `assign optlen = 4`, or a param `in 1..4096`"));
    }

    private static boolean isLength(long number) {
        return number >= 1 && number <= LONGEST;
    }
}
