/**
 * A BPF machine: runs the instructions of cgroup hooks as the kernel would, and stops where the verifier would have
 * refused them.
 *
 * <p>Comes in: instructions with what their symbols stand for, a hook, a context and an environment. Goes out: an {@link
 * org.ringwall.machine.Outcome}, either what the kernel would have got or the trap. Must not know policies, the
 * compiler or a running kernel. Memory has the byte order of the context, little or big.
 *
 * <p>Data sections are copied for each run; maps ({@link org.ringwall.machine.map}) are shared by all programs that are
 * loaded with them, and keep what runs and callers leave there. Several runs may take turns ({@link
 * org.ringwall.machine.Run}).
 */
@NullMarked
package org.ringwall.machine;

import org.jspecify.annotations.NullMarked;
