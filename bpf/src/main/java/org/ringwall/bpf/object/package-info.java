/**
 * The BPF object: the whole content of one ELF file as one immutable value, with its writer and its
 * reader.
 *
 * <p>Input: programs, maps, data and types, or the bytes of an object written here or by clang.
 * Output: the same two. It must not know policies, hooks, the kernel or how a map is created.
 */
@NullMarked
package org.ringwall.bpf.object;

import org.jspecify.annotations.NullMarked;
