// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine.map;

import java.util.List;

/**
 * A function that writes the values of an update into the cells of an element; those of a new one
 * contain zeros.
 */
@FunctionalInterface
interface Filling {
    void into(List<Cell> cells);
}
