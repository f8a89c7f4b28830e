package org.ringwall.bench.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.ringwall.bpf.kernel.Hook;

/** Rules that every contestant decides by: one workload at one size. */
public sealed interface RuleList permits PortRules, AddressRules, DeviceRules, PacketRules, SysctlRules, TupleRules {
    /** The hook at which they are asked. */
    Hook hook();

    /** How many rules there are. */
    int size();

    /** The policy text. */
    String policy();

    /** The rules for C, as macro calls to be included where a program gives the macro its meaning. */
    String header();

    /** What the rules say of this key, found by a naive walk. */
    boolean allows(Key key);

    /** Whether a key is on the list, rather than left to the default. */
    boolean names(Key key);

    /** A key that is probably a hit, or probably a miss. */
    Key draw(boolean hit, SplittableRandom random);

    /** Keys that are on the list, each entry as likely as the others, or keys that are not. */
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
