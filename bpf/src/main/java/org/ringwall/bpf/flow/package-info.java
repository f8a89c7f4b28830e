/**
 * Analyses of instructions that need no values: blocks and edges, data flow, liveness, and a
 * structural check.
 *
 * <p>Input: resolved instructions. Output: facts for each slot, and findings. It must not know
 * hooks, maps, helpers other than their number of arguments, or from what the code was generated.
 */
@NullMarked
package org.ringwall.bpf.flow;

import org.jspecify.annotations.NullMarked;
