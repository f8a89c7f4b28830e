package org.ringwall.compiler.request;

import org.ringwall.compiler.value.ByteString;

/**
 * Who asks.
 *
 * @param uid real user id in the initial user namespace, unsigned 32 bits
 * @param gid real group id, likewise
 * @param comm the name of the task, at most 15 bytes
 */
public record Actor(long uid, long gid, ByteString comm) {
    private static final ByteString COMM = ByteString.of("test");
    private static final int COMM_LENGTH = 15;

    /** An ordinary user, 1000:1000: who asks when nothing is said. */
    public static final Actor ORDINARY = new Actor(1000, 1000);

    public Actor {
        if (uid >>> 32 != 0 || gid >>> 32 != 0) {
            throw new IllegalArgumentException("an id has 32 bits");
        }
        if (comm.size() > COMM_LENGTH || comm.has(0)) {
            throw new IllegalArgumentException("no task is called " + comm);
        }
    }

    /** A task called `test`. */
    public Actor(long uid, long gid) {
        this(uid, gid, COMM);
    }

    /** The same task under another name. */
    public Actor named(ByteString other) {
        return new Actor(uid, gid, other);
    }
}
