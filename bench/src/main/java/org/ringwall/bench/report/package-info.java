/**
 * What was measured, for people and for programs: tables, files, plots.
 *
 * <p>Comes in: cells. Goes out: text. Must not measure anything.
 */
@NullMarked
package org.ringwall.bench.report;

import org.jspecify.annotations.NullMarked;
