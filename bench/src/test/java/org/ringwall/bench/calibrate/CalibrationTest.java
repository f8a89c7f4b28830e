// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.calibrate;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.ringwall.bench.Effort;
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

    @Test
    void everyConstantHasARow() throws IllegalAccessException {
        List<String> numbers = new ArrayList<>();
        for (Field field : Costs.class.getDeclaredFields()) {
            if (field.getType() == double.class) {
                field.setAccessible(true);
                String name = "Costs." + field.getName();
                numbers.add(name);
                assertThat(shown).containsEntry(name, field.getDouble(Costs.class));
            }
        }
        assertThat(numbers).hasSizeGreaterThan(8);
    }

    /** There is one price up to each size, and one beyond the last. */
    @Test
    void everyAccessCostHasARow() throws ReflectiveOperationException {
        Field sizes = Costs.class.getDeclaredField("SIZES");
        sizes.setAccessible(true);
        long[] bytes = (long[]) sizes.get(null);
        for (int i = 0; i < bytes.length; i++) {
            long size = i + 1 < bytes.length ? bytes[i] : 4 * bytes[i - 1];
            assertThat(shown).containsEntry("Costs.access(" + size / 1024 + " KiB)", Costs.access(size));
        }
        assertThat(shown.values()).contains(Costs.access(Long.MAX_VALUE));
    }
}
