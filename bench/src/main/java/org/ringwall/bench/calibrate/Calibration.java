// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.calibrate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bench.Effort;
import org.ringwall.bench.field.PlainMap;
import org.ringwall.bench.field.PlainProgram;
import org.ringwall.bench.report.Figure;
import org.ringwall.bench.report.Summary;
import org.ringwall.bench.verdict.Prices;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.tables.Costs;
import org.ringwall.loader.bpf.MapSpec;

/**
 * The measurement of primitives, by pairs of programs that differ in one or several instances of a
 * primitive.
 */
public final class Calibration {
    private static final String WORKLOAD = "calibrate";
    private static final String DRAW = "draw";
    private static final int LOADS = 32;
    private static final int LEVELS = 16;

    /**
     * Sizes of tables in bytes: those of the levels of a small search tree, and those at which the
     * cost model changes.
     */
    private static final List<Integer> TABLES =
            List.of(64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20);

    private final Effort effort;
    private final PriceList list = new PriceList();

    public Calibration(Effort effort) {
        this.effort = effort;
        straightLine();
        tables();
        FormRows.addTo(list);
        CallRows.addTo(list);
        WriteRows.addTo(list);
        StringRows.addTo(list);
    }

    /** Returns the constants of the cost model that have a row, in the order of the rows. */
    List<Constant> constants() {
        return list.prices().stream()
                .flatMap(price -> price.constant().stream())
                .toList();
    }

    /**
     * Measures all primitives, in nanoseconds of one instance. The name of a primitive that
     * measures a constant of the cost model ends with the constant, whose value is a figure too.
     * Needs root, a cgroup2 mount and a bpffs.
     */
    public List<Figure> figures() {
        Prices.Measured measured = Prices.measure(effort, list.programs());
        Map<String, Double> known = new HashMap<>();
        List<Figure> figures = new ArrayList<>();
        for (Price price : list.prices()) {
            String refused = measured.refused().get(price.program());
            String primitive = price.primitive() + ", keys " + price.keys()
                    + price.constant().map(constant -> ", " + constant.name()).orElse("");
            if (refused != null) {
                figures.add(new Figure(WORKLOAD, 0, primitive, "ns", Optional.empty(), refused));
                continue;
            }
            Summary summary = price.in(measured, known);
            figures.add(new Figure(WORKLOAD, 0, primitive, "ns", summary));
            price.constant().ifPresent(constant -> {
                known.put(constant.name(), summary.median());
                figures.add(new Figure(WORKLOAD, 0, primitive, "compiler's ns", constant.ns()));
            });
        }
        return figures;
    }

    private void straightLine() {
        list.add("loads", "r2 = *(u32 *)(r1 +4)\n".repeat(LOADS) + PriceList.PASS);
        list.add(Price.of("context load", "loads", PriceList.EMPTY, LOADS));
        StringBuilder levels = new StringBuilder("r2 = *(u32 *)(r1 +4)\nr3 = 0\n");
        for (int bit = 0; bit < LEVELS; bit++) {
            levels.append("if r2 & 0x").append(Integer.toHexString(1 << bit)).append(" goto pc+1\nr3 += 1\n");
        }
        list.add("levels", levels + PriceList.PASS);
        list.add(Price.of("compare, either way as often", "levels", PriceList.EMPTY, LEVELS)
                .onRandomKeys()
                .as("Costs.COMPARE_NS", Costs.COMPARE_NS));
        list.add(Price.of("compare, always the same way", "levels", PriceList.EMPTY, LEVELS)
                .onOneKey()
                .as("Costs.STEADY_NS", Costs.STEADY_NS));
        list.price(
                "BPF-to-BPF call",
                PlainProgram.listing(Hook.CONNECT4, "call pc+2\n" + PriceList.PASS + "r0 = 0\nexit\n"));
        list.add("stores", "*(u64 *)(r10 -8) = 0\n*(u64 *)(r10 -16) = 0\n".repeat(LOADS / 2) + PriceList.PASS);
        list.add(Price.of("store on the stack", "stores", PriceList.EMPTY, LOADS));
    }

    /**
     * Adds a load of one byte at a random offset. `bpf_get_prandom_u32` yields the offset, also in
     * the subtracted program.
     */
    private void tables() {
        list.add(DRAW, "call #7\nw0 &= 4095\n" + PriceList.PASS);
        for (int bytes : TABLES) {
            String name = "table of " + Constant.size(bytes) + ", one load";
            List<Insn> insns =
                    new ArrayList<>(PlainProgram.listing(Hook.CONNECT4, "call #7\nw0 &= " + (bytes - 1) + "\n")
                            .insns());
            insns.add(new Insn.LoadImm64(Insn.Pseudo.MAP_VALUE, Reg.R1, 0));
            insns.addAll(PlainProgram.listing(Hook.CONNECT4, "r1 += r0\nr0 = *(u8 *)(r1 +0)\n" + PriceList.PASS)
                    .insns());
            PlainMap map = PlainMap.empty(MapSpec.array("table", bytes, 1, 0));
            list.add(name, new PlainProgram(Hook.CONNECT4, insns, List.of(map)));
            list.add(Price.of(name, name, DRAW, 1).as(Constant.access(bytes)));
        }
    }
}
