/**
 * The programs that run for a cgroup, of this loader and of other owners: their order, their owners
 * and what they can do to a verdict.
 *
 * <p>Input: BPF, cgroups and instances. Output: positions, owners and findings. It must not know
 * how programs are loaded or attached.
 */
@NullMarked
package org.ringwall.loader.programs;

import org.jspecify.annotations.NullMarked;
