package org.ringwall.conformance.facts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.testkit.KernelTest;

/**
 * What {@link Hook} says of contexts and return values, asked of the verifier for every offset, every width and every
 * hook: `is_valid_access` of the program types and `check_return_code` (kernel/bpf/verifier.c).
 */
@KernelTest
class ContextFactsTest {
    /** Past the struct's end, where nothing may be touched. */
    private static final int BEYOND = 16;

    private final KernelVersion kernel = Verifier.kernel();

    /** Whether the table and the verifier take an access. */
    @FunctionalInterface
    private interface Access {
        boolean taken(int offset, Width width);
    }

    /** The hooks that this kernel has; of the others {@link #theKernelHasExactlyTheHooksOfTheTable} speaks. */
    static Stream<Hook> hooks() {
        return Verifier.HOOKS.stream().filter(hook -> Verifier.kernel().atLeast(hook.since()));
    }

    @ParameterizedTest
    @EnumSource
    void theKernelHasExactlyTheHooksOfTheTable(Hook hook) {
        try (Verifier verifier = new Verifier()) {
            assertThat(verifier.knows(hook)).isEqualTo(kernel.atLeast(hook.since()));
        }
    }

    @ParameterizedTest
    @MethodSource("hooks")
    void theVerifierTakesExactlyTheReadsOfTheTable(Hook hook) {
        try (Verifier verifier = new Verifier()) {
            compare(
                    hook,
                    (offset, width) -> hook.mayRead(offset, width, kernel),
                    (offset, width) -> verifier.accepts(hook, read(offset, width)));
        }
    }

    @ParameterizedTest
    @MethodSource("hooks")
    void theVerifierTakesExactlyTheWritesOfTheTable(Hook hook) {
        try (Verifier verifier = new Verifier()) {
            compare(hook, hook::mayWrite, (offset, width) -> verifier.accepts(hook, write(offset, width)));
        }
    }

    @ParameterizedTest
    @MethodSource("hooks")
    void theVerifierTakesExactlyTheReturnValuesOfTheTable(Hook hook) {
        List<String> differing = new ArrayList<>();
        try (Verifier verifier = new Verifier()) {
            for (int value = -1; value <= 4; value++) {
                boolean ours = hook.returns(kernel).contains(value);
                Insn set = new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(value));
                boolean theirs = verifier.accepts(hook, List.of(set, new Insn.Exit()));
                if (ours != theirs) {
                    differing.add(hook + " returns " + value + ": table " + ours + ", kernel " + theirs);
                }
            }
        }
        assertThat(differing).isEmpty();
    }

    private static void compare(Hook hook, Access table, Access verifier) {
        List<String> differing = new ArrayList<>();
        for (int offset = 0; offset < hook.context().size() + BEYOND; offset++) {
            for (Width width : Width.values()) {
                if (offset % width.bytes() > 1) {
                    // One misaligned access stands for those that are further off.
                    continue;
                }
                boolean ours = table.taken(offset, width);
                boolean theirs = verifier.taken(offset, width);
                if (ours != theirs) {
                    differing.add(
                            "%s offset %d width %s: table %s, kernel %s".formatted(hook, offset, width, ours, theirs));
                }
            }
        }
        assertThat(differing).isEmpty();
    }

    /** `r2 = *(width *)(r1 + offset)`. */
    private static List<Insn> read(int offset, Width width) {
        return Verifier.thenAllow(new Insn.Load(width, false, Reg.R2, Reg.R1, (short) offset));
    }

    /** `*(width *)(r1 + offset) = r2`. */
    private static List<Insn> write(int offset, Width width) {
        return Verifier.thenAllow(
                new Insn.Mov(Width.DW, Width.DW, Reg.R2, Operand.of(0)),
                new Insn.Store(width, Reg.R1, (short) offset, Operand.of(Reg.R2)));
    }
}
