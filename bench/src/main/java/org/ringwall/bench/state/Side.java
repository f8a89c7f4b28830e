// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.state;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bench.field.OtherRingwall;
import org.ringwall.bench.rules.PacketRules;
import org.ringwall.bench.samples.Whole;

/**
 * One contestant of a case.
 *
 * @param title its name in tables
 * @param source the program or policy
 * @param filling the entries added before the first call
 * @param effect the effects of its calls
 */
record Side(String title, Source source, Filling filling, Effect.Kind effect) {
    /** The program or policy of a contestant. */
    sealed interface Source {}

    /** The text of a policy, compiled by Ringwall or by the compiler of another checkout. */
    record Policy(String text, Optional<OtherRingwall> compiler) implements Source {}

    /**
     * A file of bench/src/main/c/state by its name without extension, with a `-mcpu` and macro
     * definitions.
     */
    record C(String file, String cpu, List<String> defines) implements Source {
        public C {
            defines = List.copyOf(defines);
        }
    }

    /** The recorded firewall of systemd with these rules. */
    record Firewall(PacketRules rules) implements Source {}

    /** The empty program, which allows everything. */
    record Empty() implements Source {}

    /** Adds entries to a contestant's maps. */
    interface Filling {
        void fill(Whole whole);

        /** Adds no entries. */
        static void nothing(Whole whole) {}
    }

    /** Returns a policy without entries. */
    static Side ours(String title, String text, Effect.Kind effect) {
        return ours(title, text, Filling::nothing, effect);
    }

    /** Returns a policy with entries. */
    static Side ours(String title, String text, Filling filling, Effect.Kind effect) {
        return new Side(title, new Policy(text, Optional.empty()), filling, effect);
    }

    /** Returns the same file for each `-mcpu`. */
    static List<Side> inC(
            String title, String file, List<String> cpus, List<String> defines, Filling filling, Effect.Kind effect) {
        List<Side> sides = new ArrayList<>();
        for (String cpu : cpus) {
            sides.add(new Side(
                    ("clang " + cpu + " " + title.strip()).strip(), new C(file, cpu, defines), filling, effect));
        }
        return sides;
    }
}
