/**
 * An abstract interpreter of BPF programs that accepts no program which the kernel's verifier
 * rejects.
 *
 * <p>Input: the instructions of one program, its hook, a kernel, and the maps and data that it
 * uses. Output: {@link org.ringwall.bpf.verifier.Violation}s; none means that the kernel accepts
 * the program. It follows a set of possible values for each register and stack slot instead of
 * single paths, so it is stricter than the kernel; it rejects what it does not model. It must not
 * know policies or from what the code was generated.
 */
@NullMarked
package org.ringwall.bpf.verifier;

import org.jspecify.annotations.NullMarked;
