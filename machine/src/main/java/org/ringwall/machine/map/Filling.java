package org.ringwall.machine.map;

import java.util.List;

/** Writes what an update gives into the cells of an element; those of a new one hold zeros. */
@FunctionalInterface
interface Filling {
    void into(List<Cell> cells);
}
