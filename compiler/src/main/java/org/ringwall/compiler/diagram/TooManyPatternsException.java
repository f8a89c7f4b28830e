// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.strings.TooManyStatesException;

/**
 * An exception for the patterns of a string at one hook whose automaton is too large for a program.
 */
public final class TooManyPatternsException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Field field;
    private final transient Block block;

    TooManyPatternsException(Field field, Block block, TooManyStatesException cause) {
        super("the patterns of `" + field.text() + "` are too many for one program", cause);
        this.field = field;
        this.block = block;
    }

    /** Returns the string field. */
    public Field field() {
        return field;
    }

    /** Returns the first block that is evaluated at that hook. */
    public Block block() {
        return block;
    }
}
