/**
 * Reproducible comparisons: one command, whose ratios are measured side by side in one run.
 *
 * <p>In: the name of a benchmark and its effort. Out: tables for people, and figures as CSV and
 * JSON. It must not know how the compiler decides or how the loader attaches; it calls them and
 * measures.
 */
@NullMarked
package org.ringwall.bench;

import org.jspecify.annotations.NullMarked;
