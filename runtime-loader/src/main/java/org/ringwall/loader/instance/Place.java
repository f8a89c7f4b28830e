// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.util.HexFormat;
import java.util.Optional;
import org.ringwall.bpf.kernel.Hook;

/** A hook of a cgroup, identified by the cgroup's id. A generation has one link for each. */
public record Place(Hook hook, long cgroupId) {
    private static final int ID_DIGITS = 16;
    private static final HexFormat HEX = HexFormat.of();

    /** Returns the name of its link's pin. */
    public String pin() {
        return hook.word() + "-" + HEX.toHexDigits(cgroupId);
    }

    /** Returns the place of the link with a pin of this name; empty if it is not a link's pin. */
    public static Optional<Place> ofPin(String name) {
        int end = name.length() - ID_DIGITS;
        if (end < 2
                || name.charAt(end - 1) != '-'
                || !name.substring(end).chars().allMatch(Place::isDigit)) {
            return Optional.empty();
        }
        return Hook.ofWord(name.substring(0, end - 1))
                .map(hook -> new Place(hook, HexFormat.fromHexDigitsToLong(name, end, name.length())));
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9' || c >= 'a' && c <= 'f';
    }
}
