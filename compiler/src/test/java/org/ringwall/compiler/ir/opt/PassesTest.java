// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.RoutineText;

/** The list of passes, the mandatory ones, and the check after each pass. */
class PassesTest {
    private static final Routine SWITCHES = RoutineText.read("connect4", """
            b0:
              v0 = be32 u32 ctx.user_ip4
              switch v0 ..0xc0000200 b1, ..0xc0000201 b2, ..0xffffffff b1
            b1:
              return allow
            b2:
              return deny
            """);

    @Test
    void namesAreUnique() {
        assertThat(Passes.names()).doesNotHaveDuplicates().containsAll(Passes.optional());
    }

    @Test
    void twoPassesAreMandatory() {
        assertThat(Passes.names().stream().filter(name -> !Passes.optional().contains(name)))
                .containsExactly("expand-switches", "fit-numbers");
        assertThatIllegalStateException()
                .isThrownBy(() -> Passes.without(Set.of("expand-switches"), SWITCHES))
                .withMessageContaining("still switches");
        assertThatIllegalStateException()
                .isThrownBy(() -> Passes.without(Set.of("fit-numbers"), SWITCHES))
                .withMessageContaining("which no jump holds");
    }

    @Test
    void allOptionalPassesCanBeLeftOutTogether() {
        Routine routine = Passes.without(Set.copyOf(Passes.optional()), SWITCHES);
        assertThat(routine.blocks()).hasSizeGreaterThan(SWITCHES.blocks().size() - 1);
    }

    /** A pass that leaves a value undefined is reported at once, with its name. */
    @Test
    void checksTheRoutineAfterEachPass() {
        Pass forgetful = new Pass(
                "forgetful",
                routine -> new Routine(
                        routine.hook(),
                        routine.blocks().stream()
                                .map(block -> block.with(List.of(), block.end()))
                                .toList()));
        assertThatIllegalStateException()
                .isThrownBy(() -> Passes.run(SWITCHES, (stage, routine) -> {}, List.of(forgetful)))
                .withMessageContaining("after forgetful");
    }
}
