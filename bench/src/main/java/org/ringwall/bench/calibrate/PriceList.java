// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.calibrate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bench.field.PlainProgram;
import org.ringwall.bpf.kernel.Hook;

/** Programs that allow everything, and the prices that are derived from their times, row by row. */
final class PriceList {
    /** The end of every program. */
    static final String PASS = "r0 = 1\nexit\n";

    /** The name of the program that does nothing else. */
    static final String EMPTY = "empty";

    private final Map<String, PlainProgram> programs = new LinkedHashMap<>();
    private final List<Price> prices = new ArrayList<>();

    PriceList() {
        add(EMPTY, PASS);
    }

    Map<String, PlainProgram> programs() {
        return programs;
    }

    /** Returns the prices. A row is after those whose constants it uses. */
    List<Price> prices() {
        return prices;
    }

    void add(String name, PlainProgram program) {
        programs.put(name, program);
    }

    void add(String name, String listing) {
        add(name, PlainProgram.listing(Hook.CONNECT4, listing));
    }

    void add(Price price) {
        prices.add(price);
    }

    /** Adds a program with one instance of a primitive more than the empty one, and its row. */
    void price(String primitive, PlainProgram program) {
        add(primitive, program);
        add(Price.of(primitive, primitive, EMPTY, 1));
    }

    /**
     * Adds a program with one instance of a primitive more than the empty one, and its row, which
     * measures a constant.
     */
    void price(String primitive, PlainProgram program, Constant constant) {
        add(primitive, program);
        add(Price.of(primitive, primitive, EMPTY, 1).as(constant));
    }
}
