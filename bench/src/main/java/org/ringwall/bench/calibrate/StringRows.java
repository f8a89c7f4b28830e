// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.calibrate;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.bench.field.PlainMap;
import org.ringwall.bench.field.PlainProgram;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.tables.Costs;
import org.ringwall.loader.bpf.MapSpec;

/**
 * The rows for the hash of string prefixes: a chain of dependent steps, and a branch that depends
 * on all of them.
 */
final class StringRows {
    private static final int STEPS = 16;

    /** The number of dependent products that represent a search. */
    private static final int SEARCH = 16;

    /** The number of branches. Half of them are mispredicted. */
    private static final int JUMPS = 8;

    /** A bit that the verifier does not know, and on which the result of the program depends. */
    private static final String WAIT = "r4 &= 1\nr4 &= 2\nr0 = 1\nr0 |= r4\nexit\n";

    private StringRows() {}

    static void addTo(PriceList list) {
        list.add("a step", steps(1));
        list.add("steps", steps(1 + STEPS));
        list.add(Price.of("step of a hash of beginnings", "steps", "a step", STEPS)
                .onRandomKeys()
                .as("Costs.STRING_STEP_NS", Costs.STRING_STEP_NS));
        list.add("searches", searches(false));
        list.add("jumps behind searches", searches(true));
        list.add(Price.of("jump that was not foreseen, behind a search", "jumps behind searches", "searches", JUMPS / 2)
                .onRandomKeys()
                .as("Costs.STRING_OVERFLOW_NS", Costs.STRING_OVERFLOW_NS));
    }

    /**
     * Each step goes from a record of a table to the next one, by a product of the destination
     * address and a value of the record.
     */
    private static PlainProgram steps(int count) {
        List<Insn> insns = new ArrayList<>(listing("r2 = *(u32 *)(r1 +4)\n"));
        insns.add(new Insn.LoadImm64(Insn.Pseudo.MAP_VALUE, Reg.R5, 0));
        insns.addAll(listing("r4 = *(u64 *)(r5 +0)\n"
                + "r3 = r2\nr3 *= r4\nr3 >>= 55\nr3 <<= 3\nr3 += r5\nr4 = *(u64 *)(r3 +0)\n".repeat(count)
                + WAIT));
        return new PlainProgram(Hook.CONNECT4, insns, List.of(PlainMap.empty(MapSpec.array("records", 4096, 1, 0))));
    }

    private static PlainProgram searches(boolean jumping) {
        StringBuilder code = new StringBuilder("r2 = *(u32 *)(r1 +4)\nr3 = 0\nr4 = r2\nr5 = 1640531527\n");
        for (int jump = 0; jump < JUMPS; jump++) {
            code.append("r4 *= r5\nr4 += 1\n".repeat(SEARCH / 2));
            code.append("r2 = r4\nr2 >>= 40\nr2 &= 1\n");
            code.append(jumping ? "if r2 == 0x0 goto pc+1\nr3 += 1\n" : "r3 += r2\n");
        }
        return PlainProgram.listing(Hook.CONNECT4, code + WAIT);
    }

    private static List<Insn> listing(String text) {
        return PlainProgram.listing(Hook.CONNECT4, text).insns();
    }
}
