/**
 * Reports of measurements for people and programs: tables, files and charts.
 *
 * <p>In: cells. Out: text. It must not measure anything.
 */
@NullMarked
package org.ringwall.bench.report;

import org.jspecify.annotations.NullMarked;
