// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.compiler.ir.BlockId;

/** The sizes up to which each form is the cheapest, and the form beyond. */
class SwitchFormTest {
    /**
     * Columns: the bits of the value, the number of single values, the number of targets including
     * that of all other values, and the form.
     */
    @ParameterizedTest
    @CsvSource({
        "16, 1, 2, comparisons with numbers",
        "16, 2, 2, product of 2 differences",
        "16, 3, 2, product of 3 differences",
        "16, 4, 2, direct hash of 4 numbers",
        "16, 64, 2, direct hash of 64 numbers",
        "16, 65, 2, 'bitmap of 65536 bits, 2 classes'",
        "32, 1, 2, comparisons with numbers",
        "32, 2, 2, comparisons with numbers",
        "32, 4, 2, direct hash of 4 numbers",
        "32, 64, 2, direct hash of 64 numbers",
        "32, 65, 2, 'cuckoo hash of 65 numbers, 2 classes'",
        "32, 838800, 2, 'cuckoo hash of 838800 numbers, 2 classes'",
        "32, 100, 3, 'perfect hash of 100 numbers, 3 classes'",
        "32, 419428, 3, 'perfect hash of 419428 numbers, 3 classes'"
    })
    void singleNumbers(int bits, int count, int places, String form) {
        assertThat(cheapest(bits, points(bits, count, places))).isEqualTo(form);
    }

    /** A test whether a value is below another is one comparison, even for few values. */
    @ParameterizedTest
    @CsvSource({"16, 5", "16, 64", "32, 5", "32, 25", "32, 64", "32, 1000000"})
    void aSingleBoundIsACompareTree(int bits, int below) {
        List<SwitchTargets.Way> ways = List.of(
                new SwitchTargets.Way(0, below - 1L, new BlockId(0)),
                new SwitchTargets.Way(below, (1L << bits) - 1, new BlockId(1)));
        assertThat(cheapest(bits, ways)).isEqualTo("compare tree of 2 ways");
    }

    /** More single values than a hash of values holds are compiled as intervals. */
    @Test
    void moreNumbersThanTheirHashHoldsBecomeIntervals() {
        assertThat(cheapest(32, points(32, 838_861, 2))).startsWith("wide hash of 838861 intervals");
    }

    /** More single values than any hash holds are compiled as a search tree. */
    @ParameterizedTest
    @CsvSource({"2000000, 2", "419429, 3"})
    void moreNumbersThanAnyHashHoldsBecomeASearchTree(int count, int places) {
        assertThat(cheapest(32, points(32, count, places)))
                .startsWith("search tree")
                .contains("of " + (2 * count + 1));
    }

    /** Ranges of more than one value. */
    @ParameterizedTest
    @CsvSource({
        "16, 1, 1 ranges at once",
        "16, 12, 12 ranges at once",
        "16, 13, 'bitmap of 65536 bits, 2 classes'",
        "32, 9, 9 ranges at once",
        "32, 10, direct hash of 10 intervals in cells of 7 bits",
        "32, 64, direct hash of 64 intervals in cells of 12 bits",
        "32, 65, hash of 65 intervals in cells of 9 bits"
    })
    void ranges(int bits, int count, String form) {
        List<SwitchTargets.Way> ways = new ArrayList<>();
        long step = (1L << bits) / (count + 1);
        for (int i = 0; i < count; i++) {
            long low = step / 2 + i * step;
            ways.add(new SwitchTargets.Way(end(ways), low - 1, place(0)));
            ways.add(new SwitchTargets.Way(low, low + 9, place(1)));
        }
        ways.add(new SwitchTargets.Way(end(ways), (1L << bits) - 1, place(0)));
        assertThat(cheapest(bits, ways)).isEqualTo(form);
    }

    /** Networks of length 16, and up to three single addresses outside of them. */
    @ParameterizedTest
    @CsvSource({
        "0, 'by the upper 16 bits: bitmap of 65536 bits, 2 classes'",
        "1, '1 number first, then by the upper 16 bits: bitmap of 65536 bits, 2 classes'",
        "3, '3 numbers first, then by the upper 16 bits: bitmap of 65536 bits, 2 classes'"
    })
    void upperHalves(int addresses, String form) {
        List<SwitchTargets.Way> ways = new ArrayList<>();
        for (long i = 0; i < 100; i++) {
            long network = 1_000 + 100 * i << 16;
            if (i < addresses) {
                ways.add(new SwitchTargets.Way(end(ways), network - 90_001, place(0)));
                ways.add(new SwitchTargets.Way(network - 90_000, network - 90_000, place(1)));
            }
            ways.add(new SwitchTargets.Way(end(ways), network - 1, place(0)));
            ways.add(new SwitchTargets.Way(network, network + 0xffff, place(1)));
        }
        ways.add(new SwitchTargets.Way(end(ways), 0xffff_ffffL, place(0)));
        assertThat(cheapest(32, ways)).isEqualTo(form);
    }

    /**
     * Single values inside ranges, each the first one of its range, up to one more than are
     * compared first.
     */
    @ParameterizedTest
    @CsvSource({
        "32, 1, '1 number first, then direct hash of 20 intervals in cells of 24 bits'",
        "32, 3, '3 numbers first, then direct hash of 20 intervals in cells of 24 bits'",
        "32, 4, hash of 24 intervals in cells of 24 bits",
        "64, 2, '2 numbers first, then direct hash of 20 intervals in cells of 56 bits'",
        "16, 1, 'bitmap of 65536 bits, 2 classes'"
    })
    void intervalsWithExceptions(int bits, int exceptions, String form) {
        List<SwitchTargets.Way> ways = new ArrayList<>();
        int cell = bits - 8;
        for (long i = 0; i < 20; i++) {
            long low = 3 + 11 * i << cell;
            ways.add(new SwitchTargets.Way(end(ways), low - 1, place(0)));
            if (i < exceptions) {
                ways.add(new SwitchTargets.Way(low, low, place(1)));
                ways.add(new SwitchTargets.Way(low + 1, low + 1, place(0)));
            }
            ways.add(new SwitchTargets.Way(end(ways), low + (1L << cell) - 1, place(1)));
        }
        ways.add(new SwitchTargets.Way(end(ways), -1L >>> Long.SIZE - bits, place(0)));
        assertThat(cheapest(bits, ways)).isEqualTo(form);
    }

    private static String cheapest(int bits, List<SwitchTargets.Way> ways) {
        return SwitchForm.cheapest(new SwitchTargets(ways), Numbers.Number.ofBits(bits))
                .text();
    }

    private static List<SwitchTargets.Way> points(int bits, int count, int places) {
        List<SwitchTargets.Way> ways = new ArrayList<>();
        long step = (1L << bits) / (count + 1);
        for (int i = 0; i < count; i++) {
            // Not equidistant, because a mask would suffice for these.
            long number = step / 2 + i * step + i * 7L % 5;
            ways.add(new SwitchTargets.Way(end(ways), number - 1, place(0)));
            ways.add(new SwitchTargets.Way(number, number, place(1 + i % (places - 1))));
        }
        ways.add(new SwitchTargets.Way(end(ways), (1L << bits) - 1, place(0)));
        return ways;
    }

    /** Returns the first value of the next case. */
    private static long end(List<SwitchTargets.Way> ways) {
        return ways.isEmpty() ? 0 : ways.get(ways.size() - 1).high() + 1;
    }

    private static BlockId place(int number) {
        return new BlockId(number + 1);
    }
}
