package org.ringwall.compiler.request;

/** Who asks: real uid and gid in the initial user namespace, unsigned 32 bits. */
public record Actor(long uid, long gid) {
    /** An ordinary user, 1000:1000: who asks when nothing is said. */
    public static final Actor ORDINARY = new Actor(1000, 1000);

    public Actor {
        if (uid >>> 32 != 0 || gid >>> 32 != 0) {
            throw new IllegalArgumentException("an id has 32 bits");
        }
    }
}
