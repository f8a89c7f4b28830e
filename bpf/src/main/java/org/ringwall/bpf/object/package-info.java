/**
 * The BPF object: everything that one ELF file says, as one immutable value, with its writer and its reader.
 *
 * <p>Comes in: programs, maps, data and types, or the bytes of an object made here or by clang. Goes out: the same two.
 * Must not know policies, hooks, the kernel or how a map is made.
 */
@NullMarked
package org.ringwall.bpf.object;

import org.jspecify.annotations.NullMarked;
