// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.why;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.ringwall.loader.apply.InputException;

/**
 * The caller of a system call, as far as it is known. What is not known has a value that the output
 * shows as assumed.
 *
 * @param pid in the sense of users
 * @param uid real user id, as this process sees it
 * @param gid real group id, likewise
 * @param comm at most 15 bytes
 * @param netns cookie of the network namespace; empty if unknown
 * @param assumed the fields that are not those of a process, in words
 */
public record Caller(long pid, long uid, long gid, String comm, OptionalLong netns, List<String> assumed) {
    public Caller {
        assumed = List.copyOf(assumed);
    }

    /** Returns a caller of whom only the cgroup is known. */
    public static Caller unknown() {
        return new Caller(
                1,
                0,
                0,
                "",
                OptionalLong.empty(),
                List.of("uid 0, gid 0, pid 1 and an empty comm, as no --pid is given"));
    }

    /**
     * Returns a process of this host.
     *
     * @param proc the mount point of proc
     * @param netns cookie of its network namespace; empty if unknown
     * @throws InputException if there is no such process
     */
    public static Caller of(Path proc, long pid, OptionalLong netns) {
        Path process = proc.resolve(Long.toString(pid));
        try {
            List<String> status = Files.readAllLines(process.resolve("status"), StandardCharsets.ISO_8859_1);
            String comm = Files.readString(process.resolve("comm"), StandardCharsets.ISO_8859_1);
            return new Caller(
                    pid, number(status, "Uid:"), number(status, "Gid:"), comm.stripTrailing(), netns, List.of());
        } catch (IOException e) {
            throw new InputException("there is no process " + pid, "name one that runs, or a cgroup: --cgroup PATH");
        }
    }

    private static long number(List<String> status, String field) {
        return status.stream()
                .filter(line -> line.startsWith(field))
                .map(line ->
                        Long.parseLong(line.substring(field.length()).strip().split("\\s+")[0]))
                .findFirst()
                .orElse(0L);
    }

    /** Returns the same caller with what a probe says after `as`. */
    Caller as(Identity other) {
        List<String> all = new ArrayList<>(assumed);
        return new Caller(
                other.pid().orElse(pid),
                other.uid().orElse(uid),
                other.gid().orElse(gid),
                other.comm().orElse(comm),
                other.netns().isPresent() ? other.netns() : netns,
                all);
    }

    /**
     * What a probe says of its caller.
     *
     * @param cookie of its socket
     */
    record Identity(
            OptionalLong uid,
            OptionalLong gid,
            OptionalLong pid,
            OptionalLong netns,
            OptionalLong cookie,
            Optional<String> comm) {
        static final Identity NOTHING = new Identity(
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                Optional.empty());
    }
}
