// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen.peephole;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.ringwall.bpf.asm.CodeElement;

/**
 * The driver of the peephole steps, each of which can be omitted. They run until none changes the
 * code; then {@link PresetReturnValues} is applied as long as it saves a slot.
 */
public final class Tidy {
    private static final List<Step> STEPS = List.of(
            new Step("thread-jumps", ThreadJumps::apply),
            new Step("known-answers", KnownReturnValues::apply),
            new Step("decided-branches", BranchFolding::apply),
            new Step("dead-answers", DeadReturnValues::apply),
            new Step("turn-branches", InvertBranch::apply),
            new Step("test-bits", TestBits::apply),
            new Step("share-exits", ShareExits::apply),
            new Step("merge-tails", TailMerging::apply),
            new Step("dead-code", DeadCode::apply));

    private static final String PRESET = "preset-answers";

    /** The other steps leave unreachable code, which the verifier refuses. */
    private static final String NEEDED = "dead-code";

    /**
     * More rounds than any code needs; each one shortens the code or moves a jump's target forward.
     */
    private static final int MOST_ROUNDS = 64;

    /** The limit for preset answers, whose time grows with the square of the length. */
    private static final int MOST_PRESET = 4_000;

    /** From longer code only unreachable parts are removed. */
    private static final int MOST_ELEMENTS = 40_000;

    private final List<Step> steps;
    private final boolean presets;

    private Tidy(Set<String> without) {
        this.steps =
                STEPS.stream().filter(step -> !without.contains(step.name())).toList();
        this.presets = !without.contains(PRESET);
    }

    /** Returns the names of all steps. */
    public static List<String> names() {
        return Stream.concat(STEPS.stream().map(Step::name), Stream.of(PRESET)).toList();
    }

    /**
     * Returns the names of the steps that only shorten the code. Any subset of them may be omitted.
     */
    public static List<String> optional() {
        return names().stream().filter(name -> !name.equals(NEEDED)).toList();
    }

    /** Returns the code after all steps but those with these names. */
    public static List<CodeElement> apply(List<CodeElement> elements, Set<String> without) {
        Code code = Code.of(elements);
        if (!code.isSimple()) {
            return elements;
        }
        Tidy tidy = new Tidy(without);
        return code.size() > MOST_ELEMENTS
                ? DeadCode.apply(code).elements()
                : tidy.shorten(code).elements();
    }

    private Code shorten(Code code) {
        Code best = round(code);
        if (code.size() > MOST_PRESET) {
            return best;
        }
        while (presets) {
            Optional<Code> shorter = PresetReturnValues.shorter(best, this::round);
            if (shorter.isEmpty()) {
                return best;
            }
            best = shorter.get();
        }
        return best;
    }

    private Code round(Code code) {
        Code shorter = code;
        int unchanged = 0;
        for (int i = 0; i < MOST_ROUNDS; i++) {
            for (Step step : steps) {
                Code before = shorter;
                shorter = step.code().apply(before);
                unchanged = shorter == before ? unchanged + 1 : 0;
                if (unchanged == steps.size()) {
                    return shorter;
                }
            }
        }
        return shorter;
    }
}
