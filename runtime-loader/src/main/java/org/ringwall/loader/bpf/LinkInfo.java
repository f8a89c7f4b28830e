// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

/**
 * Information about a link to a cgroup: `struct bpf_link_info`.
 *
 * @param cgroupId 0 if the cgroup was removed or the link was detached
 */
public record LinkInfo(int id, int progId, long cgroupId, int attachType) {
    /** Returns whether the program is still attached to a cgroup. */
    public boolean attached() {
        return cgroupId != 0;
    }
}
