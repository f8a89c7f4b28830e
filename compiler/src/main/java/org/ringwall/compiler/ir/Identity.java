// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.Locale;
import java.util.Optional;
import org.ringwall.bpf.kernel.Helper;

/**
 * A helper call that identifies the calling task or the socket.
 *
 * @param level the level of the ancestor cgroup, 1 to 16; 0 for every other source
 */
public record Identity(Source source, int level) {
    /** The helper that is called. */
    public enum Source {
        /** The gid in the high half, the uid in the low half. */
        UID_GID(Helper.GET_CURRENT_UID_GID, false),
        /**
         * The thread group id, which user space calls the pid, in the high half; the thread id in
         * the low half.
         */
        PID_TGID(Helper.GET_CURRENT_PID_TGID, false),
        /** The cgroup id of the calling task. */
        CGROUP(Helper.GET_CURRENT_CGROUP_ID, false),
        /** The id of the task's ancestor cgroup at a level; 0 if there is none. */
        ANCESTOR(Helper.GET_CURRENT_ANCESTOR_CGROUP_ID, false),
        /** The cookie of the socket's network namespace. */
        NETNS_COOKIE(Helper.GET_NETNS_COOKIE, true),
        /** The cookie of the socket. */
        SOCKET_COOKIE(Helper.GET_SOCKET_COOKIE, true),
        /** The cgroup id of the packet's socket. */
        SKB_CGROUP(Helper.SKB_CGROUP_ID, true);

        private final Helper helper;
        private final boolean context;

        Source(Helper helper, boolean context) {
            this.helper = helper;
            this.context = context;
        }

        public Helper helper() {
            return helper;
        }

        /** Whether the helper takes the context as its first argument. */
        public boolean ofContext() {
            return context;
        }
    }

    public Identity {
        if (source == Source.ANCESTOR ? level < 1 || level > 16 : level != 0) {
            throw new IllegalArgumentException(source + " at level " + level);
        }
    }

    /** Returns an identity without a level. */
    public static Identity of(Source source) {
        return new Identity(source, 0);
    }

    /** Returns the printed form: `uid_gid`, `ancestor 2`. */
    @Override
    public String toString() {
        String word = source.name().toLowerCase(Locale.ROOT);
        return level == 0 ? word : word + " " + level;
    }

    /** Parses the output of {@link #toString}; empty for any other text. */
    static Optional<Identity> parse(String text) {
        String[] words = text.split(" ", -1);
        for (Source source : Source.values()) {
            boolean levelled = source == Source.ANCESTOR;
            if (source.name().toLowerCase(Locale.ROOT).equals(words[0]) && words.length == (levelled ? 2 : 1)) {
                return Optional.of(new Identity(source, levelled ? Integer.parseInt(words[1]) : 0));
            }
        }
        return Optional.empty();
    }
}
