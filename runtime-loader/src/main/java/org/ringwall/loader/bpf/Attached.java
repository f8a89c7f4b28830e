// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

import java.util.List;

/**
 * The programs attached to one cgroup at one hook: their ids in order, and the flags that the owner
 * chose.
 *
 * @param revision begins at 1 and changes with every change of the list; 0 if the kernel reports
 *     none, or for effective programs
 */
public record Attached(int flags, List<Integer> progIds, long revision) {
    /**
     * The empty result for a user with a token, who cannot query cgroups: that needs CAP_NET_ADMIN
     * in the initial user namespace ({@code bpf_prog_query}), which no token delegates.
     */
    public static final Attached HIDDEN = new Attached(0, List.of(), 0);

    private static final int ALLOW_MULTI = 2;

    public Attached {
        progIds = List.copyOf(progIds);
    }

    /**
     * Returns whether the kernel can attach next to a given link: kernels that report revisions can
     * ({@code __cgroup_bpf_attach}).
     */
    public boolean ordered() {
        return revision != 0;
    }

    /** Returns whether a program here forbids further ones, or lets any child replace it. */
    public boolean exclusive() {
        return !progIds.isEmpty() && (flags & ALLOW_MULTI) == 0;
    }
}
