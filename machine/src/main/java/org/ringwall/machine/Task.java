package org.ringwall.machine;

import java.nio.charset.StandardCharsets;
import org.ringwall.bpf.object.Bytes;

/**
 * The task that asks.
 *
 * @param uid real user id in the initial user namespace, as 32 bits
 * @param gid real group id, likewise
 * @param pid the kernel's pid, a thread's id
 * @param tgid what users call its pid
 * @param comm its name; the kernel keeps 15 bytes
 */
public record Task(int uid, int gid, int pid, int tgid, Bytes comm, long cgroupId) {
    /** A root task with made-up ids. */
    public static final Task ROOT = new Task(0, 0, 1000, 1000, "test", 1);

    /** A task whose name is this text. */
    public Task(int uid, int gid, int pid, int tgid, String comm, long cgroupId) {
        this(uid, gid, pid, tgid, Bytes.of(comm.getBytes(StandardCharsets.UTF_8)), cgroupId);
    }

    /** The same task under another name. */
    public Task named(Bytes other) {
        return new Task(uid, gid, pid, tgid, other, cgroupId);
    }

    /** The same task under other ids. */
    public Task as(int otherUid, int otherGid) {
        return new Task(otherUid, otherGid, pid, tgid, comm, cgroupId);
    }
}
