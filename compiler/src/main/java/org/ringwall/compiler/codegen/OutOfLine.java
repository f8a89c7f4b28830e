// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.asm.SourceLine;

/**
 * Out-of-line code for rare cases. It is placed after all other code, so that the common path is
 * contiguous and falls through.
 */
final class OutOfLine {
    /**
     * With more blocks, the code may be longer than a branch reaches. Rare code then stays inline.
     */
    private static final int MOST_BLOCKS = 400;

    private final Assembler assembler;
    private final boolean near;
    private final List<Runnable> code = new ArrayList<>();
    private SourceLine line = new SourceLine(1, 1);

    /** @param blocks the number of blocks of the routine */
    OutOfLine(Assembler assembler, int blocks) {
        this.assembler = assembler;
        this.near = blocks <= MOST_BLOCKS;
    }

    /** Sets the source line of all code that is added from now on. */
    void at(SourceLine next) {
        line = next;
    }

    /**
     * Adds code that begins at `from` and ends with a jump. The caller continues at `back`, which
     * it binds next.
     */
    void add(Label from, Label back, Runnable rare) {
        if (near) {
            SourceLine mark = line;
            code.add(() -> {
                assembler.line(mark).bind(from);
                rare.run();
            });
        } else {
            assembler.goTo(back).bind(from);
            rare.run();
        }
    }

    /** Adds code that is placed after all other code, whatever the routine's length. */
    void add(Runnable rare) {
        code.add(rare);
    }

    /** Emits all out-of-line code; called after all other code. */
    void emit() {
        // Rare code may add rarer code.
        for (int i = 0; i < code.size(); i++) {
            code.get(i).run();
        }
    }
}
