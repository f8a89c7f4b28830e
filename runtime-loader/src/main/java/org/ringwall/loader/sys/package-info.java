/**
 * The way into the kernel: one foreign method, {@code syscall(2)}, and memory whose lifetime is explicit.
 *
 * <p>Comes in: system call arguments. Goes out: results, or a typed {@link org.ringwall.loader.sys.SyscallException}. Must
 * not know BPF, cgroups or policies. No other package touches native memory or the foreign function library.
 */
@NullMarked
package org.ringwall.loader.sys;

import org.jspecify.annotations.NullMarked;
