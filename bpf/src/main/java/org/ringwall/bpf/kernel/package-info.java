/**
 * Every number that the kernel fixes for control group programs: hooks, contexts, return ranges, helpers, errnos,
 * socket types, protocols and device numbers, each citing the kernel function or header that it mirrors.
 *
 * <p>Comes in: a name, a number or a kernel version. Goes out: facts, as enums and records. Must not know policies,
 * instructions, objects or the machine it runs on: it never asks a kernel, it says what kernels do.
 */
@NullMarked
package org.ringwall.bpf.kernel;

import org.jspecify.annotations.NullMarked;
