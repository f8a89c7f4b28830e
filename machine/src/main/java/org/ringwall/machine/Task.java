package org.ringwall.machine;

/**
 * The task that asks.
 *
 * @param uid real user id in the initial user namespace, as 32 bits
 * @param gid real group id, likewise
 * @param pid the kernel's pid, a thread's id
 * @param tgid what users call its pid
 * @param comm its name; the kernel keeps 15 bytes
 */
public record Task(int uid, int gid, int pid, int tgid, String comm, long cgroupId) {
    /** A root task with made-up ids. */
    public static final Task ROOT = new Task(0, 0, 1000, 1000, "test", 1);

    /** The same task under other ids. */
    public Task as(int otherUid, int otherGid) {
        return new Task(otherUid, otherGid, pid, tgid, comm, cgroupId);
    }
}
