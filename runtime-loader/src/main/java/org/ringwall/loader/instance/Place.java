// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ringwall.bpf.kernel.Hook;

/** A hook of a cgroup, identified by the cgroup's id. A generation has one link for each. */
public record Place(Hook hook, long cgroupId) {
    private static final Pattern PIN = Pattern.compile("([a-z0-9_]+)-([0-9a-f]{16})");

    /** Returns the name of its link's pin. */
    public String pin() {
        return hook.word() + "-" + HexFormat.of().toHexDigits(cgroupId);
    }

    /** Returns the place of the link with a pin of this name; empty if it is not a link's pin. */
    public static Optional<Place> ofPin(String name) {
        Matcher match = PIN.matcher(name);
        if (!match.matches()) {
            return Optional.empty();
        }
        return Hook.ofWord(match.group(1)).map(hook -> new Place(hook, Long.parseUnsignedLong(match.group(2), 16)));
    }
}
