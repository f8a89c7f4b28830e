/**
 * Figures of a run: their ratios to the fastest rival, the goals, and tables, CSV and JSON.
 *
 * <p>In: figures. Out: text. It must not measure anything.
 */
@NullMarked
package org.ringwall.bench.report;

import org.jspecify.annotations.NullMarked;
