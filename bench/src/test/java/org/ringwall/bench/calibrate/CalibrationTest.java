// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.calibrate;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bench.Effort;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.compiler.tables.CallPrices;
import org.ringwall.compiler.tables.Costs;

/**
 * A test that every price in nanoseconds of the compiler's cost model has a row with that number.
 */
class CalibrationTest {
    private final Map<String, Double> shown = new HashMap<>();

    CalibrationTest() {
        for (Constant constant : new Calibration(Effort.QUICK).constants()) {
            shown.put(constant.name(), constant.ns());
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {Costs.class, CallPrices.class})
    void everyConstantHasARow(Class<?> prices) throws IllegalAccessException {
        List<String> numbers = new ArrayList<>();
        for (Field field : prices.getDeclaredFields()) {
            if (field.getType() == double.class) {
                field.setAccessible(true);
                String name = prices.getSimpleName() + "." + field.getName();
                numbers.add(name);
                assertThat(shown).containsEntry(name, field.getDouble(prices));
            }
        }
        assertThat(numbers).hasSizeGreaterThan(8);
    }

    /** There is one price up to each size, and one beyond the last. */
    @Test
    void everyPriceOfAnAccessHasARow() throws ReflectiveOperationException {
        Field sizes = Costs.class.getDeclaredField("SIZES");
        sizes.setAccessible(true);
        long[] bytes = (long[]) sizes.get(null);
        for (int i = 0; i < bytes.length; i++) {
            long size = i + 1 < bytes.length ? bytes[i] : 4 * bytes[i - 1];
            assertThat(shown).containsEntry("Costs.access(" + size / 1024 + " KiB)", Costs.access(size));
        }
        assertThat(shown.values()).contains(Costs.access(Long.MAX_VALUE));
    }

    @Test
    void everyPriceOfALookupInATrieHasARow() throws ReflectiveOperationException {
        Field sizes = CallPrices.class.getDeclaredField("ENTRIES");
        sizes.setAccessible(true);
        List<Integer> entries = new ArrayList<>(List.of(100_000));
        for (int each : (int[]) sizes.get(null)) {
            entries.add(each);
        }
        assertThat(entries).hasSizeGreaterThan(2);
        entries.forEach(
                each -> assertThat(shown).containsEntry("CallPrices.trie(" + each + ")", CallPrices.trie(each)));
    }

    /** The name of a sysctl is excluded, because its helper exists at one hook only. */
    @Test
    void everyHelperWithAPriceOfItsOwnHasARow() {
        List<Helper> own = new ArrayList<>();
        for (Helper helper : Helper.values()) {
            if (CallPrices.of(helper) != CallPrices.CALL_NS && helper != Helper.SYSCTL_GET_NAME) {
                own.add(helper);
            }
        }
        assertThat(own).contains(Helper.GET_CURRENT_CGROUP_ID);
        own.remove(Helper.GET_CURRENT_ANCESTOR_CGROUP_ID);
        own.forEach(helper -> assertThat(shown).containsEntry("CallPrices.of(" + helper + ")", CallPrices.of(helper)));
    }
}
