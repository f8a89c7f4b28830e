// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** The checks used by the records of an object. */
final class Checks {
    private Checks() {}

    static void that(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    /** Checks a string. ELF and BTF strings end at the first zero byte. */
    static void string(String text) {
        that(text.indexOf('\0') < 0, "string holds a zero byte");
    }

    static void name(String name) {
        that(!name.isEmpty(), "name is empty");
        string(name);
    }

    static <T> void distinct(String what, List<T> items, Function<T, String> name) {
        Set<String> seen = new HashSet<>();
        for (T item : items) {
            that(seen.add(name.apply(item)), what + " `" + name.apply(item) + "` is there twice");
        }
    }
}
