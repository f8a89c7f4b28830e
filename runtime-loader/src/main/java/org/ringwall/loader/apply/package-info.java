/**
 * The application of one policy object to one host: loading, the transition between generations
 * without a gap, and recovery after an interruption (docs/abi.md).
 *
 * <p>Input: a {@link org.ringwall.bpf.object.BpfObject}, cgroups and parameters. Output: pinned
 * programs in force, the status of instances, or an exception that says why nothing changed. It
 * must not know command lines or how a policy was compiled.
 */
@NullMarked
package org.ringwall.loader.apply;

import org.jspecify.annotations.NullMarked;
