package org.ringwall.compiler.tidy;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.ringwall.bpf.asm.CodeElement;

/**
 * Makes code shorter that does the same, by steps of which each can be left out. They go round until none finds anything, and
 * then answers are tried that are given sooner ({@link PresetAnswers}), as long as that saves a slot.
 */
public final class Tidy {
    private static final List<Step> STEPS = List.of(
            new Step("thread-jumps", ThreadJumps::apply),
            new Step("known-answers", KnownAnswers::apply),
            new Step("decided-branches", DecidedBranches::apply),
            new Step("dead-answers", DeadAnswers::apply),
            new Step("turn-branches", TurnBranches::apply),
            new Step("test-bits", TestBits::apply),
            new Step("share-exits", ShareExits::apply),
            new Step("merge-tails", MergeTails::apply),
            new Step("dead-code", DeadCode::apply));

    private static final String PRESET = "preset-answers";

    /** What the others leave behind goes in any case: the verifier refuses code that no way leads to. */
    private static final String NEEDED = "dead-code";

    /** More rounds than any code has needed; each makes it shorter or leads jumps farther. */
    private static final int MOST_ROUNDS = 64;

    /** In longer code what is saved is not worth the time, which grows with its square. */
    private static final int MOST_PRESET = 4_000;

    /** Code that is longer is only freed of what no way leads to. */
    private static final int MOST_ELEMENTS = 40_000;

    private final List<Step> steps;
    private final boolean presets;

    private Tidy(String without) {
        this.steps = STEPS.stream()
                .filter(step -> step.name().equals(NEEDED) || !step.name().equals(without))
                .toList();
        this.presets = !PRESET.equals(without);
    }

    /** The names of the steps, any of which may be left out. */
    public static List<String> names() {
        Stream<String> names = STEPS.stream().map(Step::name).filter(name -> !name.equals(NEEDED));
        return Stream.concat(names, Stream.of(PRESET)).toList();
    }

    /** The same code, as short as all steps make it but the one of this name, if there is one. */
    public static List<CodeElement> apply(List<CodeElement> elements, String without) {
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
            Optional<Code> shorter = PresetAnswers.shorter(best, this::round);
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
