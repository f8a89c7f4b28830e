// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

/** A function that follows a program's own code, which calls it. It starts at {@code slot}. */
public record Subprogram(int slot, String name, int funcTypeId) {
    public Subprogram {
        Checks.that(slot > 0, "a subprogram comes after the program's own code");
        Checks.name(name);
        Checks.that(funcTypeId >= 0, "type id is negative");
    }
}
