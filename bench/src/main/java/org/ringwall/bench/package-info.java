/**
 * Comparisons that anyone can rerun from the repository: one command, ratios measured side by side in one run.
 *
 * <p>Comes in: a benchmark's name and its effort. Goes out: tables for people and one file for programs. Must not know how
 * the compiler decides or how the loader attaches; it calls them and measures.
 */
@NullMarked
package org.ringwall.bench;

import org.jspecify.annotations.NullMarked;
