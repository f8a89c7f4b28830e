package org.ringwall.loader.bpf;

import java.util.List;

/** What is attached to one cgroup at one hook: the flags that its owner chose, and the program ids in order. */
public record Attached(int flags, List<Integer> progIds) {
    private static final int ALLOW_MULTI = 2;

    public Attached {
        progIds = List.copyOf(progIds);
    }

    /** Whether a program here forbids further ones, or lets any child replace it. */
    public boolean exclusive() {
        return !progIds.isEmpty() && (flags & ALLOW_MULTI) == 0;
    }
}
