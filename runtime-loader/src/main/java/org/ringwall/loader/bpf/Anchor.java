// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

import org.ringwall.sys.Fd;

/**
 * The link next to which another one is attached. The kernel accepts no program in its place
 * ({@code get_anchor_link} in kernel/bpf/cgroup.c).
 *
 * @param after true to attach right after it, false right before it
 */
public record Anchor(Fd link, boolean after) {}
