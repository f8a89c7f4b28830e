package org.ringwall.bpf.asm;

/** A place in code that is bound once; two labels are never equal, whatever their names, which serve messages alone. */
public final class Label {
    private final String name;

    /** A label that no code binds yet. */
    public Label(String name) {
        this.name = name;
    }

    /** The name in messages. */
    public String name() {
        return name;
    }

    @Override
    public String toString() {
        return name;
    }
}
