package org.ringwall.loader.bpf;

import java.util.List;

/**
 * What is attached to one cgroup at one hook: the flags that its owner chose, and the program ids in order.
 *
 * @param revision changes with every change of the list, and begins at 1; 0 where the kernel reports none, or was asked what is
 *     effective
 */
public record Attached(int flags, List<Integer> progIds, long revision) {
    private static final int ALLOW_MULTI = 2;

    public Attached {
        progIds = List.copyOf(progIds);
    }

    /** Whether the kernel attaches next to a given link: those that report revisions do ({@code __cgroup_bpf_attach}). */
    public boolean ordered() {
        return revision != 0;
    }

    /** Whether a program here forbids further ones, or lets any child replace it. */
    public boolean exclusive() {
        return !progIds.isEmpty() && (flags & ALLOW_MULTI) == 0;
    }
}
