/**
 * An abstract interpreter of BPF programs that accepts no program which the kernel's verifier refuses.
 *
 * <p>Input: the instructions of one program, its hook, a kernel, and the maps and data that it uses. Output: {@link
 * org.ringwall.bpf.verifier.Violation}s; none means that the kernel accepts the program. It follows a set of possible values for each
 * register and stack slot instead of single paths, so it is stricter than the kernel; what it does not model, it refuses. It must not know
 * policies or what the code was made from.
 */
@NullMarked
package org.ringwall.bpf.verifier;

import org.jspecify.annotations.NullMarked;
