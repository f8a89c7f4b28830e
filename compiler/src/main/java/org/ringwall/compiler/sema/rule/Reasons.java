// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.rule;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.ast.Effect;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.policy.Reason;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;

/** A reader of the text of `because`. */
public final class Reasons {
    /** The maximum length of a reason in bytes, so that a record fits one line. */
    private static final int LONGEST = 200;

    private Reasons() {}

    /** Returns the reasons among the effects of a rule. */
    static List<Value.Text> among(List<Effect> effects) {
        List<Value.Text> texts = new ArrayList<>();
        for (Effect effect : effects) {
            if (effect instanceof Effect.Because because) {
                texts.add(because.reason());
            } else if (effect instanceof Effect.Log log) {
                log.because().ifPresent(texts::add);
            }
        }
        return texts;
    }

    /** Reads one reason; empty after a report. */
    public static Optional<Reason> read(Value.Text text, Findings findings) {
        String words = text.value();
        String wrong = words.isBlank()
                ? "the reason is empty"
                : words.chars().anyMatch(Character::isISOControl)
                        ? "the reason contains a control character"
                        : words.getBytes(java.nio.charset.StandardCharsets.UTF_8).length > LONGEST
                                ? "the reason is longer than %d bytes".formatted(LONGEST)
                                : "";
        if (!wrong.isEmpty()) {
            findings.add(Diagnostic.of(Code.BAD_REASON, text.span(), wrong)
                    .help("write one line of text, as in `because \"cloud metadata\"`"));
            return Optional.empty();
        }
        return Optional.of(new Reason(words));
    }
}
