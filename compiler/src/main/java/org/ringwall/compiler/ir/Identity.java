package org.ringwall.compiler.ir;

import java.util.Locale;
import java.util.Optional;
import org.ringwall.bpf.kernel.Helper;

/**
 * A helper call that says who asks.
 *
 * @param level of the ancestor, 1 to 16; 0 for every other source
 */
public record Identity(Source source, int level) {
    /** The helper. */
    public enum Source {
        /** The gid in the high half, the uid in the low one. */
        UID_GID(Helper.GET_CURRENT_UID_GID, false),
        /** The thread group, which users call the pid, in the high half; the thread in the low one. */
        PID_TGID(Helper.GET_CURRENT_PID_TGID, false),
        /** The asking task's cgroup. */
        CGROUP(Helper.GET_CURRENT_CGROUP_ID, false),
        /** Its ancestor at a level, 0 if there is none. */
        ANCESTOR(Helper.GET_CURRENT_ANCESTOR_CGROUP_ID, false),
        /** The cookie of the socket's network namespace. */
        NETNS_COOKIE(Helper.GET_NETNS_COOKIE, true),
        /** The socket's cookie. */
        SOCKET_COOKIE(Helper.GET_SOCKET_COOKIE, true),
        /** The cgroup of the packet's socket. */
        SKB_CGROUP(Helper.SKB_CGROUP_ID, true);

        private final Helper helper;
        private final boolean context;

        Source(Helper helper, boolean context) {
            this.helper = helper;
            this.context = context;
        }

        /** What is called. */
        public Helper helper() {
            return helper;
        }

        /** Whether the first argument is the context. */
        public boolean ofContext() {
            return context;
        }
    }

    public Identity {
        if (source == Source.ANCESTOR ? level < 1 || level > 16 : level != 0) {
            throw new IllegalArgumentException(source + " at level " + level);
        }
    }

    /** One that has no level. */
    public static Identity of(Source source) {
        return new Identity(source, 0);
    }

    /** `uid_gid`, `ancestor 2`. */
    @Override
    public String toString() {
        String word = source.name().toLowerCase(Locale.ROOT);
        return level == 0 ? word : word + " " + level;
    }

    /** Reads what {@link #toString} writes; empty for other words. */
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
