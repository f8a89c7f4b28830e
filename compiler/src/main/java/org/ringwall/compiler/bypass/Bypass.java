// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.List;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Intent;

/**
 * A bypass of blocks: a way in which a process may do what a block denies. The blocks are those of
 * intents, and `on` blocks at hooks that belong to no intent.
 *
 * @param id the name in reports, such as `raw-send`
 * @param around the blocks that it bypasses
 * @param what what the process does: a sentence without a full stop
 * @param lets what gets through if nothing closes the bypass
 * @param kernels the kernels on which the bypass exists
 * @param judge determines from a policy's diagrams whether the bypass is closed
 * @param remedy what closes the bypass
 */
public record Bypass(
        String id, List<Block.Target> around, String what, String lets, String kernels, Judge judge, Remedy remedy) {
    /** The kernels of a bypass that exists on every supported kernel. */
    public static final String EVERY_KERNEL = "all";

    public Bypass {
        around = List.copyOf(around);
        if (!isId(id) || around.isEmpty()) {
            throw new IllegalArgumentException("a bypass has an id of small words and at least one block: " + id);
        }
        for (String text : List.of(what, lets, kernels)) {
            if (text.isBlank() || text.endsWith(".")) {
                throw new IllegalArgumentException(id + ": `" + text + "` must be a sentence without its full stop");
            }
        }
    }

    /**
     * Returns whether the text consists of words of a to z and digits, joined by single hyphens.
     */
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

    /** Returns a bypass of blocks for these intents that exists on every kernel. */
    static Bypass of(List<Intent> around, String id, String what, String lets, Judge judge, Remedy remedy) {
        return around(targets(around, List.of()), id, what, lets, judge, remedy);
    }

    /** Returns a bypass of these blocks that exists on every kernel. */
    static Bypass around(List<Block.Target> around, String id, String what, String lets, Judge judge, Remedy remedy) {
        return new Bypass(id, around, what, lets, EVERY_KERNEL, judge, remedy);
    }

    /** Returns the blocks of these intents and the `on` blocks at these hooks. */
    static List<Block.Target> targets(List<Intent> intents, List<Hook> hooks) {
        return Stream.concat(
                        intents.stream().map(Block.Target.OfIntent::new),
                        hooks.stream().map(Block.Target.OfHook::new))
                .map(Block.Target.class::cast)
                .toList();
    }

    /** Returns the same bypass, for these kernels only. */
    Bypass on(String other) {
        return new Bypass(id, around, what, lets, other, judge, remedy);
    }
}
