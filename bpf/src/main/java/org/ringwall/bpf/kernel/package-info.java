/**
 * The numbers that the kernel fixes for cgroup programs: hooks, contexts, return ranges, helpers,
 * errnos, socket types, protocols and device numbers, each with the kernel function or header that
 * defines it.
 *
 * <p>Input: a name, a number or a kernel version. Output: facts, as enums and records. It must not
 * know policies, instructions, objects or the machine on which it runs: it describes kernels and
 * never calls one.
 */
@NullMarked
package org.ringwall.bpf.kernel;

import org.jspecify.annotations.NullMarked;
