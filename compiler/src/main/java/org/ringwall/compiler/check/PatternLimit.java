package org.ringwall.compiler.check;

import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Patterns;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.strings.TooManyStatesException;
import org.ringwall.compiler.value.StringPattern;

/** Reports strings of one hook that are compared with more than a program can hold. */
final class PatternLimit {
    private PatternLimit() {}

    static void check(List<Block> blocks, Findings findings) {
        for (Hook hook : Hook.values()) {
            List<Block> asked = blocks.stream()
                    .filter(block -> block.hooks().contains(hook))
                    .toList();
            for (Map.Entry<Field, SortedSet<StringPattern>> entry :
                    Patterns.of(asked).entrySet()) {
                if (isTooLarge(entry.getKey(), entry.getValue())) {
                    findings.add(Diagnostic.of(
                                    Code.TOO_MANY_PATTERNS,
                                    asked.get(0)
                                            .rules()
                                            .get(asked.get(0).rules().size() - 1)
                                            .span(),
                                    "the patterns of `%s` are too many for one program"
                                            .formatted(entry.getKey().text()))
                            .help("write fewer globs with `*` in the middle, or prefixes in their place"));
                    return;
                }
            }
        }
    }

    private static boolean isTooLarge(Field field, SortedSet<StringPattern> patterns) {
        try {
            Classifier.of(field.string().orElseThrow(), patterns);
            return false;
        } catch (TooManyStatesException e) {
            return true;
        }
    }
}
