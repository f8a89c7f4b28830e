// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen.peephole;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.ringwall.bpf.asm.CodeElement;

/**
 * The driver of the peephole steps, each of which can be omitted. They run until none changes the
 * code.
 */
public final class Tidy {
    private static final List<Step> STEPS = List.of(
            new Step("thread-jumps", ThreadJumps::apply),
            new Step("decided-branches", BranchFolding::apply),
            new Step("dead-return-values", DeadReturnValues::apply),
            new Step("invert-branches", InvertBranch::apply),
            new Step("dead-code", DeadCode::apply));

    /** The step for code that looks up maps in indexes, most of which is equal. */
    private static final Step MERGE_TAILS = new Step("merge-tails", MergeTails::apply);

    /** The other steps leave unreachable code, which the verifier refuses. */
    private static final String NEEDED = "dead-code";

    /**
     * More rounds than any code needs; each one shortens the code or moves a jump's target forward.
     */
    private static final int MOST_ROUNDS = 64;

    /** From longer code only unreachable parts are removed. */
    private static final int MOST_ELEMENTS = 40_000;

    private final List<Step> steps;

    private Tidy(Set<String> without, boolean merges) {
        this.steps = Stream.concat(STEPS.stream(), merges ? Stream.of(MERGE_TAILS) : Stream.empty())
                .filter(step -> !without.contains(step.name()))
                .toList();
    }

    /** Returns the names of all steps. */
    public static List<String> names() {
        return STEPS.stream().map(Step::name).toList();
    }

    /**
     * Returns the names of the steps that only shorten the code. Any subset of them may be omitted.
     */
    public static List<String> optional() {
        return names().stream().filter(name -> !name.equals(NEEDED)).toList();
    }

    /**
     * Returns the code after all steps but those with these names.
     *
     * @param merges whether equal sequences are merged
     */
    public static List<CodeElement> apply(List<CodeElement> elements, Set<String> without, boolean merges) {
        Code code = Code.of(elements);
        if (!code.isSimple()) {
            return elements;
        }
        Tidy tidy = new Tidy(without, merges);
        return code.size() > MOST_ELEMENTS
                ? DeadCode.apply(code).elements()
                : tidy.round(code).elements();
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
