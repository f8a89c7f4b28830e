// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

import java.util.List;

/**
 * A counter of a policy.
 *
 * @param name the name in the policy
 * @param key the fields for each combination of which it counts; empty for a single count
 * @param columns what it counts
 * @param text the key and the columns with their units, such as `cgroup : tries attempts`
 */
public record Counter(String name, List<String> key, List<Column> columns, String text) {
    /** Creates a counter. */
    public Counter {
        key = List.copyOf(key);
        columns = List.copyOf(columns);
    }

    /**
     * A column of a counter.
     *
     * @param name the name in the policy
     * @param unit the unit in the policy, such as {@code attempts}, {@code bytes} or {@code time}
     */
    public record Column(String name, String unit) {
        /**
         * Returns whether it is the latest time, CLOCK_BOOTTIME in ns, instead of a sum modulo
         * 2^64.
         */
        public boolean isTime() {
            return unit.equals("time");
        }
    }
}
