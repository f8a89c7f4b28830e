/**
 * What a policy keeps while it is in force, as docs/abi.md section 1 lays it out: maps, keys, values, events, and the words
 * by which an object describes them to a loader.
 *
 * <p>Both halves of the product depend on it: the compiler writes what is here into code, BTF and metadata, a loader reads it
 * back from the kernel. Must not know policies, instructions, files or descriptors.
 */
@NullMarked
package org.ringwall.bpf.state;

import org.jspecify.annotations.NullMarked;
