// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ringwall.compiler.policy.DeviceRange;
import org.ringwall.compiler.value.Interval;

class MembersTest {
    private static final int SIDE = 6;

    @Test
    void subtractsSetsOfDevices() {
        Random random = new Random(7);
        for (int i = 0; i < 2_000; i++) {
            List<DeviceRange> base = some(random);
            List<DeviceRange> removed = some(random);
            List<DeviceRange> left = members(base).minus(members(removed)).devices();
            for (int type = 1; type <= 2; type++) {
                for (int cell = 0; cell < SIDE * SIDE; cell++) {
                    boolean expected = holds(base, type, cell / SIDE, cell % SIDE)
                            && !holds(removed, type, cell / SIDE, cell % SIDE);
                    assertThat(holds(left, type, cell / SIDE, cell % SIDE))
                            .as("%s except %s at %d:%d", base, removed, cell / SIDE, cell % SIDE)
                            .isEqualTo(expected);
                }
            }
        }
    }

    private static boolean holds(List<DeviceRange> ranges, int type, long major, long minor) {
        return ranges.stream().anyMatch(range -> range.contains(type, major, minor));
    }

    private static Members members(List<DeviceRange> ranges) {
        return Members.union(ranges.stream().map(Members::of).toList());
    }

    private static List<DeviceRange> some(Random random) {
        List<DeviceRange> ranges = new ArrayList<>();
        int count = random.nextInt(4);
        for (int i = 0; i < count; i++) {
            ranges.add(new DeviceRange(1 + random.nextInt(2), side(random), side(random)));
        }
        return ranges;
    }

    private static Interval side(Random random) {
        int a = random.nextInt(SIDE);
        int b = random.nextInt(SIDE);
        return Interval.of(Math.min(a, b), Math.max(a, b));
    }
}
