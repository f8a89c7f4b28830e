// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.ringwall.bpf.object.Bytes;

/**
 * The task that makes the request, and owns the socket.
 *
 * @param uid real user id in the initial user namespace, as 32 bits
 * @param gid real group id, likewise
 * @param pid the kernel's pid, a thread's id
 * @param tgid the pid in the sense of users
 * @param comm its name; the kernel keeps 15 bytes
 * @param cgroupId of its cgroup
 * @param ancestors ids of the cgroups above it and its own, by level from the root's 0; absent
 *     levels have none
 * @param netns cookie of the socket's network namespace
 * @param socket cookie of the socket
 * @param socketCgroup id of the cgroup in which the socket was created
 */
public record Task(
        int uid,
        int gid,
        int pid,
        int tgid,
        Bytes comm,
        long cgroupId,
        Map<Integer, Long> ancestors,
        long netns,
        long socket,
        long socketCgroup) {
    /** A root task with arbitrary ids. */
    public static final Task ROOT = new Task(0, 0, 1000, 1000, "test", 1);

    public Task {
        ancestors = Collections.unmodifiableMap(new TreeMap<>(ancestors));
    }

    /** Creates a task with a socket of its own cgroup. */
    public Task(
            int uid,
            int gid,
            int pid,
            int tgid,
            Bytes comm,
            long cgroupId,
            Map<Integer, Long> ancestors,
            long netns,
            long socket) {
        this(uid, gid, pid, tgid, comm, cgroupId, ancestors, netns, socket, cgroupId);
    }

    /** Creates a task with this name, in no cgroup below the root. */
    public Task(int uid, int gid, int pid, int tgid, String comm, long cgroupId) {
        this(uid, gid, pid, tgid, Bytes.of(comm.getBytes(StandardCharsets.UTF_8)), cgroupId, Map.of(), 1, 1);
    }

    /** Returns the same task with another name. */
    public Task named(Bytes other) {
        return new Task(uid, gid, pid, tgid, other, cgroupId, ancestors, netns, socket, socketCgroup);
    }

    /** Returns the same task with other ids. */
    public Task as(int otherUid, int otherGid) {
        return new Task(otherUid, otherGid, pid, tgid, comm, cgroupId, ancestors, netns, socket, socketCgroup);
    }
}
