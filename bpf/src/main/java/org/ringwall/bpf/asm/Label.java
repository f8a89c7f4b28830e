// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.asm;

/**
 * A position in code that is bound once. Two labels are never equal; names are only for messages.
 */
public final class Label {
    private final String name;

    /** Creates a label that is not bound yet. */
    public Label(String name) {
        this.name = name;
    }

    /** Returns the name in messages. */
    public String name() {
        return name;
    }

    @Override
    public String toString() {
        return name;
    }
}
