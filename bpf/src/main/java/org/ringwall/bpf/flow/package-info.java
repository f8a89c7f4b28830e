/**
 * Facts about instructions that need no values: blocks and edges, data flow, liveness, and a structural check.
 *
 * <p>Comes in: resolved instructions. Goes out: facts a slot, and findings. Must not know
 * hooks, maps, helpers beyond their number of arguments, or what the code was made from.
 */
@NullMarked
package org.ringwall.bpf.flow;

import org.jspecify.annotations.NullMarked;
