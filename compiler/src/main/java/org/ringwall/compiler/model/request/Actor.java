// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.model.request;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.ringwall.compiler.value.ByteString;

/**
 * The caller of a request.
 *
 * @param uid the real user id in the initial user namespace, unsigned 32 bits
 * @param gid the real group id in the initial user namespace, unsigned 32 bits
 * @param comm the name of the task, at most 15 bytes
 * @param pid the process id in the initial pid namespace, unsigned 32 bits
 * @param cgroup the id of the task's cgroup, unsigned 64 bits
 * @param ancestors the ids of its ancestors by level, 1 directly below the root; missing levels are
 *     absent
 * @param netns the cookie of the socket's network namespace, unsigned 64 bits
 * @param cookie the cookie of the socket, unsigned 64 bits
 */
public record Actor(
        long uid,
        long gid,
        ByteString comm,
        long pid,
        long cgroup,
        Map<Integer, Long> ancestors,
        long netns,
        long cookie) {
    private static final ByteString COMM = ByteString.of("test");
    private static final int COMM_LENGTH = 15;

    /** An ordinary user, 1000:1000, the default caller. */
    public static final Actor ORDINARY = new Actor(1000, 1000);

    public Actor {
        if ((uid | gid | pid) >>> 32 != 0) {
            throw new IllegalArgumentException("an id has 32 bits");
        }
        if (comm.size() > COMM_LENGTH || comm.has(0)) {
            throw new IllegalArgumentException("no task is called " + comm);
        }
        ancestors = Collections.unmodifiableMap(new TreeMap<>(ancestors));
    }

    /**
     * Creates a user's process with defaults: process 1000 called `test` in cgroup 2, without
     * ancestors.
     */
    public Actor(long uid, long gid) {
        this(uid, gid, COMM, 1000, 2, Map.of(), 1, 1);
    }

    /** Returns the cgroup at a level; empty if the task's own cgroup is less deep. */
    public Optional<Long> ancestor(int level) {
        return Optional.ofNullable(ancestors.get(level));
    }

    /** Returns the same task with other ids. */
    public Actor as(long otherUid, long otherGid) {
        return new Actor(otherUid, otherGid, comm, pid, cgroup, ancestors, netns, cookie);
    }

    /** Returns the same task in another cgroup, by its id. */
    public Actor inCgroup(long other) {
        return new Actor(uid, gid, comm, pid, other, ancestors, netns, cookie);
    }

    /** Returns the same task with another name. */
    public Actor named(ByteString other) {
        return new Actor(uid, gid, other, pid, cgroup, ancestors, netns, cookie);
    }

    /**
     * Returns the differences from the default caller as a test writes them: ` pid 7 cgroup 12`.
     */
    public String unusual() {
        StringBuilder words = new StringBuilder();
        add(words, "pid", pid, ORDINARY.pid);
        add(words, "cgroup", cgroup, ORDINARY.cgroup);
        ancestors.forEach((level, id) ->
                words.append(" ancestor ").append(level).append(' ').append(Long.toUnsignedString(id)));
        add(words, "netns", netns, ORDINARY.netns);
        add(words, "cookie", cookie, ORDINARY.cookie);
        return words.toString();
    }

    private static void add(StringBuilder words, String word, long value, long usual) {
        if (value != usual) {
            words.append(' ').append(word).append(' ').append(Long.toUnsignedString(value));
        }
    }
}
