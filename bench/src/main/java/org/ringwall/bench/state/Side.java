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
 * @param title as tables name it
 * @param source what it is made of
 * @param filling what it holds before the first call
 * @param effect what its calls leave behind
 */
record Side(String title, Source source, Filling filling, Effect.Kind effect) {
    /** What a contestant is made of. */
    sealed interface Source {}

    /** Ours: the text of a policy, and whose compiler makes it, if not our own. */
    record Policy(String text, Optional<OtherRingwall> compiler) implements Source {}

    /** A file of bench/src/main/c/state, by its name without ending, for a `-mcpu`, with what is defined for it. */
    record C(String file, String cpu, List<String> defines) implements Source {
        public C {
            defines = List.copyOf(defines);
        }
    }

    /** The firewall of systemd as it was recorded, with these rules. */
    record Firewall(PacketRules rules) implements Source {}

    /** The empty program, which lets everything through. */
    record Empty() implements Source {}

    /** Puts entries where they belong. */
    interface Filling {
        void fill(Whole whole);

        /** Nothing is put anywhere. */
        static void nothing(Whole whole) {}
    }

    /** A policy that begins empty. */
    static Side ours(String title, String text, Effect.Kind effect) {
        return ours(title, text, Filling::nothing, effect);
    }

    /** A policy, filled. */
    static Side ours(String title, String text, Filling filling, Effect.Kind effect) {
        return new Side(title, new Policy(text, Optional.empty()), filling, effect);
    }

    /** The same file for each `-mcpu`. */
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
