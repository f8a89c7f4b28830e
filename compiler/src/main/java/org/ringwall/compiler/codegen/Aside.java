package org.ringwall.compiler.codegen;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.asm.SourceLine;

/** Code for what seldom happens: it stands behind all else, so that what mostly happens lies together and falls through. */
final class Aside {
    /** Of more blocks the code may be longer than a branch reaches: what is rare stands where it belongs then. */
    private static final int MOST_BLOCKS = 400;

    private final Assembler assembler;
    private final boolean near;
    private final List<Runnable> code = new ArrayList<>();
    private SourceLine line = new SourceLine(1, 1);

    /** @param blocks how many the routine has */
    Aside(Assembler assembler, int blocks) {
        this.assembler = assembler;
        this.near = blocks <= MOST_BLOCKS;
    }

    /** The source line of all that is added from now on. */
    void at(SourceLine next) {
        line = next;
    }

    /** Code that begins at `from`, and leads elsewhere in the end; `back` is where the caller goes on, and what is bound next. */
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

    /** Code that stands behind all else whatever the routine's length. */
    void add(Runnable rare) {
        code.add(rare);
    }

    /** All of it, once everything else is there. */
    void emit() {
        code.forEach(Runnable::run);
    }
}
