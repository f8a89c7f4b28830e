// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.List;
import org.ringwall.compiler.policy.Intent;

/**
 * A way in which a process may try to go around what an intent block says.
 *
 * @param id its name in reports, as `raw-send`
 * @param around the blocks that it goes around
 * @param what what the process does: a sentence without a full stop
 * @param lets what gets through when nothing closes it
 * @param kernels the kernels on which the way exists
 * @param judge how a policy's diagrams say whether it is closed
 * @param closing what closes it
 */
public record Bypass(
        String id, List<Intent> around, String what, String lets, String kernels, Judge judge, Closing closing) {
    /** Kernels of a way that is as old as what is supported. */
    public static final String EVERY_KERNEL = "all";

    public Bypass {
        around = List.copyOf(around);
        if (!isId(id) || around.isEmpty()) {
            throw new IllegalArgumentException("a bypass has an id of small words and at least one block: " + id);
        }
        for (String text : List.of(what, lets, kernels)) {
            if (text.isBlank() || text.endsWith(".")) {
                throw new IllegalArgumentException(id + ": `" + text + "` is no sentence without a full stop");
            }
        }
    }

    /** Words of a to z and digits, and a hyphen between two. */
    private static boolean isId(String id) {
        char before = '-';
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            if (c == '-' ? before == '-' : (c < 'a' || c > 'z') && (c < '0' || c > '9')) {
                return false;
            }
            before = c;
        }
        return before != '-';
    }

    /** A way of every kernel. */
    static Bypass of(List<Intent> around, String id, String what, String lets, Judge judge, Closing closing) {
        return new Bypass(id, around, what, lets, EVERY_KERNEL, judge, closing);
    }

    /** The same way, of these kernels only. */
    Bypass on(String other) {
        return new Bypass(id, around, what, lets, other, judge, closing);
    }
}
