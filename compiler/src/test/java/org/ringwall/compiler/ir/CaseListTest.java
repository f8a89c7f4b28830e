// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Adjacent cases with the same target become one case, and a switch with one target becomes a jump.
 */
class CaseListTest {
    private static final Value VALUE = new Value(7);
    private static final BlockId HERE = new BlockId(1);
    private static final BlockId THERE = new BlockId(2);

    @Test
    void mergesAdjacentCasesWithTheSameTarget() {
        CaseList cases = new CaseList().add(3, HERE).add(9, HERE).add(12, THERE).add(20, HERE);
        assertThat(cases.on(VALUE))
                .isEqualTo(new Terminator.Switch(
                        VALUE,
                        List.of(
                                new Terminator.Case(9, HERE),
                                new Terminator.Case(12, THERE),
                                new Terminator.Case(20, HERE))));
    }

    @Test
    void replacesASwitchWithOneTargetByAJump() {
        assertThat(new CaseList().add(3, HERE).add(9, HERE).widen(-1L).on(VALUE))
                .isEqualTo(new Terminator.Goto(HERE));
    }
}
