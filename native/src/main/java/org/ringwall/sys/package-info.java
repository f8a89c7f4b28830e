/**
 * The entry into the kernel: one foreign method, {@code syscall(2)}, and memory with an explicit
 * lifetime.
 *
 * <p>Input: system call arguments. Output: results, or a typed
 * {@link org.ringwall.sys.SyscallException}. It must not know BPF, cgroups or policies.
 * Other packages use native memory only through it, and the foreign function library not at all.
 */
@NullMarked
package org.ringwall.sys;

import org.jspecify.annotations.NullMarked;
