/**
 * A BPF machine: it runs the instructions of cgroup hooks as the kernel would, and stops where the
 * verifier would have rejected them.
 *
 * <p>Input: instructions with the targets of their symbols, a hook, a context and an environment.
 * Output: an {@link org.ringwall.machine.Outcome}, either the kernel's result or a trap. It must
 * not know policies, the compiler or a running kernel. Memory has the byte order of the context,
 * little or big.
 *
 * <p>Data sections are copied for each run. Maps ({@link org.ringwall.machine.map}) are shared by
 * all programs that are loaded with them, and keep the changes of runs and callers. Several runs
 * may alternate ({@link org.ringwall.machine.Run}).
 */
@NullMarked
package org.ringwall.machine;

import org.jspecify.annotations.NullMarked;
