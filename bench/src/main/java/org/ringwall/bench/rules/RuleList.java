// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.ringwall.bpf.kernel.Hook;

/** The rules by which every contestant decides: one workload at one size. */
public sealed interface RuleList permits PortRules, AddressRules, DeviceRules, PacketRules, SysctlRules, TupleRules {
    /** Returns the hook at which the rules apply. */
    Hook hook();

    /** Returns the number of rules. */
    int size();

    /** Returns the policy text. */
    String policy();

    /**
     * Returns the rules for C, as macro calls. A program includes them after it has defined the
     * macro.
     */
    String header();

    /** Returns the verdict for a key, by linear evaluation of the rules. */
    boolean allows(Key key);

    /** Returns whether a key matches a rule, so that the default does not apply. */
    boolean names(Key key);

    /** Returns a random key that is probably a hit, or probably a miss. */
    Key draw(boolean hit, SplittableRandom random);

    /** Returns random keys that match a rule, each rule equally likely, or keys that do not. */
    default List<Key> keys(boolean hit, int count, SplittableRandom random) {
        List<Key> keys = new ArrayList<>();
        for (long tries = 0; keys.size() < count; tries++) {
            if (tries > 1000L * count) {
                throw new IllegalStateException("hardly any key is a " + (hit ? "hit" : "miss"));
            }
            Key key = draw(hit, random);
            if (names(key) == hit) {
                keys.add(key);
            }
        }
        return keys;
    }
}
