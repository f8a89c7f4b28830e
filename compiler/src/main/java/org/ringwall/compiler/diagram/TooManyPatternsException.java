package org.ringwall.compiler.diagram;

import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.strings.TooManyStatesException;

/** The patterns that a string is compared with at one hook make an automaton that no program can hold. */
public final class TooManyPatternsException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Field field;
    private final transient Block block;

    TooManyPatternsException(Field field, Block block, TooManyStatesException cause) {
        super("the patterns of `" + field.text() + "` are too many for one program", cause);
        this.field = field;
        this.block = block;
    }

    /** The string. */
    public Field field() {
        return field;
    }

    /** The first block that is asked at that hook. */
    public Block block() {
        return block;
    }
}
