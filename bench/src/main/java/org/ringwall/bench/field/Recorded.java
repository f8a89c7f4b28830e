// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.field;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.rules.PacketRules;
import org.ringwall.bench.rules.Prefix;
import org.ringwall.bench.rules.RuleList;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnParser;
import org.ringwall.bpf.insn.InsnSyntaxException;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.MapType;
import org.ringwall.loader.bpf.MapSpec;

/**
 * A program recorded when its original loader loaded it, in `bench/src/main/recorded/FILE.bpf`. Its
 * maps are created anew.
 *
 * @param maps the maps of the recorded descriptors
 */
public record Recorded(String title, String file, List<Numbered> maps) implements Contestant {
    private static final int NO_PREALLOC = 1;

    /** A map and its descriptor in the recording. */
    public record Numbered(int descriptor, java.util.function.Function<RuleList, PlainMap> map) {}

    /** Returns a program without maps. */
    static Recorded of(String name, String file) {
        return new Recorded(name, file, List.of());
    }

    /**
     * Returns systemd's IP firewall: tries of denied and allowed prefixes, and counters, as
     * bpf-firewall.c creates them.
     */
    public static Recorded systemdFirewall() {
        return new Recorded(
                "systemd 257",
                "systemd-ip-egress",
                List.of(
                        new Numbered(52, rules -> trie(((PacketRules) rules).denied())),
                        new Numbered(50, rules -> trie(((PacketRules) rules).allowed())),
                        new Numbered(55, rules -> PlainMap.empty(MapSpec.array("counters", 8, 2, 0)))));
    }

    private static PlainMap trie(List<Prefix> prefixes) {
        ByteBuffer keys = ByteBuffer.allocate(8 * prefixes.size()).order(ByteOrder.nativeOrder());
        prefixes.forEach(
                prefix -> keys.putInt(prefix.length()).put(prefix.base().bytes()));
        MapSpec spec = new MapSpec(
                "access",
                MapType.LPM_TRIE.number(),
                8,
                8,
                prefixes.size(),
                NO_PREALLOC,
                Optional.empty(),
                Optional.empty());
        return new PlainMap(spec, Bytes.of(keys.flip()), Bytes.zeros(8 * prefixes.size()), false);
    }

    @Override
    public Image make(RuleList rules, Workshop shop) {
        return Image.of(program(rules, shop.checkout()));
    }

    /** Returns the program with its maps, filled from the rules. */
    public PlainProgram program(RuleList rules, Checkout checkout) {
        List<Insn> insns = new ArrayList<>();
        for (Insn insn : insns(checkout, file)) {
            insns.add(insn instanceof Insn.LoadImm64 load && load.pseudo() == Insn.Pseudo.MAP_FD ? placed(load) : insn);
        }
        List<PlainMap> made =
                maps.stream().map(numbered -> numbered.map().apply(rules)).toList();
        return new PlainProgram(rules.hook(), insns, made);
    }

    private Insn placed(Insn.LoadImm64 load) {
        for (int place = 0; place < maps.size(); place++) {
            if (maps.get(place).descriptor() == load.low()) {
                return new Insn.LoadImm64(Insn.Pseudo.MAP_FD, load.dst(), place);
            }
        }
        throw new IllegalStateException(file + " uses a map that nothing is known of: " + load.low());
    }

    /** Returns the instructions as recorded. */
    static List<Insn> insns(Checkout checkout, String file) {
        try {
            return InsnParser.program(Files.readString(checkout.file("bench/src/main/recorded/" + file + ".bpf")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InsnSyntaxException e) {
            throw new IllegalStateException(file, e);
        }
    }
}
