package org.ringwall.compiler.tidy;

/** Where nobody needs what is in r0. */
final class FreeAnswer {
    private FreeAnswer() {}

    /** By place, and behind the last one: whether r0 is written on every way from there before it is read. */
    static boolean[] of(Code code) {
        boolean[] free = new boolean[code.size() + 1];
        for (int i = code.size() - 1; i >= 0; i--) {
            Item item = code.at(i);
            boolean next = !item.falls() || free[i + 1];
            // What a jump comes back to is not known yet, and so taken to be needed.
            boolean there = !code.isJump(i) || free[code.target(i)];
            free[i] = !item.readsAnswer() && (item.writesAnswer() || next && there);
        }
        return free;
    }
}
