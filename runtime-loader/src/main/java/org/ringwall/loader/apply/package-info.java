/**
 * One policy object on one host: loading, the walk from one generation to the next without a gap, and the way back to rest
 * after an interruption (docs/abi.md).
 *
 * <p>Comes in: a {@link org.ringwall.bpf.object.BpfObject}, cgroups, parameters. Goes out: programs in force under pins, what is
 * in force, or an exception that says why nothing changed. Must not know command lines or how a policy was compiled.
 */
@NullMarked
package org.ringwall.loader.apply;

import org.jspecify.annotations.NullMarked;
