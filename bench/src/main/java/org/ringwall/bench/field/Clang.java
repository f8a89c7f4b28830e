// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.field;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.rules.RuleList;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.object.ObjectReader;

/**
 * A program of `bench/src/main/c` that includes the rules, compiled with `clang -O2`.
 *
 * @param cpu the instruction set: `v1`, which every kernel supports, or `v3`
 * @param source the name of its file without the extension
 * @param fill the entries of its maps, by name of the map
 */
record Clang(String title, String cpu, String source, Map<String, Function<RuleList, PlainMap.Fill>> fill)
        implements Contestant {
    /** Returns a program without a filled map. */
    static Clang of(String name, String cpu, String source) {
        return new Clang("clang " + cpu + " " + name, cpu, source, Map.of());
    }

    /** Returns a program that looks up keys in one map. */
    static Clang withMap(String name, String source, Function<RuleList, PlainMap.Fill> fill) {
        return new Clang(name, "v3", source, Map.of("list", fill));
    }

    @Override
    public Image make(RuleList rules, Workshop shop) throws Refusal {
        Path clang = Checkout.clang().orElseThrow(() -> new Refusal("not there", "there is no clang on PATH"));
        shop.write("rules.h", rules.header());
        Path object = shop.file("program.o");
        List<String> command = new ArrayList<>(
                Checkout.clangCommand(clang, shop.checkout().file("bench/src/main/c/" + source + ".bpf.c"), object));
        command.addAll(List.of(
                "-mcpu=" + cpu,
                "-DRULES=" + rules.size(),
                "-I" + object.toAbsolutePath().getParent()));
        double took = shop.time(command);
        byte[] elf = read(object);
        Map<String, PlainMap.Fill> filled = new java.util.HashMap<>();
        fill.forEach((map, entries) -> filled.put(map, entries.apply(rules)));
        return new Image.Plain(() -> parse(elf, rules, filled), OptionalDouble.of(took));
    }

    private static byte[] read(Path object) {
        try {
            return Files.readAllBytes(object);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static PlainProgram parse(byte[] elf, RuleList rules, Map<String, PlainMap.Fill> filled) throws Refusal {
        try {
            return PlainProgram.of(ObjectReader.read(elf), rules.hook(), "decide", filled);
        } catch (ObjectFormatException e) {
            throw new Refusal("no object", String.valueOf(e.getMessage()));
        }
    }
}
