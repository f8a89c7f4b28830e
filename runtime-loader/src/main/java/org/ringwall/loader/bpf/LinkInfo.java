package org.ringwall.loader.bpf;

/**
 * What the kernel tells about a link to a cgroup: `struct bpf_link_info`.
 *
 * @param cgroupId 0 where the cgroup was removed or the link was detached
 */
public record LinkInfo(int id, int progId, long cgroupId, int attachType) {
    /** Whether the link still holds its program on a cgroup. */
    public boolean attached() {
        return cgroupId != 0;
    }
}
