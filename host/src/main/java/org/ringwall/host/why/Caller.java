// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.why;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.ringwall.loader.model.InputException;

/**
 * The caller of a system call. Unknown fields have values that the output lists as assumptions.
 *
 * @param pid the thread group id
 * @param uid real user id, as this process sees it
 * @param gid real group id, likewise
 * @param comm at most 15 bytes
 * @param netns cookie of the network namespace; empty if unknown
 * @param assumed sentences for the fields that are assumed
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
     * Returns a process of this host, with the user, group and name of one of its threads.
     *
     * @param proc the mount point of proc
     * @param pid the id of the process or of one of its threads
     * @param netns cookie of its network namespace; empty if unknown
     * @throws InputException if there is no such process
     */
    public static Caller of(Path proc, long pid, OptionalLong netns) {
        Path process = proc.resolve(Long.toString(pid));
        try {
            Task thread = Task.of(process);
            return new Caller(
                    thread.process(), thread.uid(), thread.gid(), thread.comm(), netns, others(process, pid, thread));
        } catch (IOException e) {
            throw new InputException("there is no process " + pid, "name one that runs, or a cgroup: --cgroup PATH");
        }
    }

    /** Returns a sentence if other threads of the process have another user, group or name. */
    private static List<String> others(Path process, long id, Task thread) throws IOException {
        int others = 0;
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(process.resolve("task"))) {
            for (Path task : tasks) {
                try {
                    others += Task.of(task).equals(thread) ? 0 : 1;
                } catch (IOException e) {
                    // The thread has ended.
                }
            }
        }
        return others == 0
                ? List.of()
                : List.of("the user, group and name of thread " + id + "; of the threads of process " + thread.process()
                        + ", " + others + " have others, and --pid takes the id of a thread too");
    }

    /**
     * A thread.
     *
     * @param process the id of its process
     */
    private record Task(long process, long uid, long gid, String comm) {
        static Task of(Path directory) throws IOException {
            List<String> status = Files.readAllLines(directory.resolve("status"), StandardCharsets.ISO_8859_1);
            String comm = Files.readString(directory.resolve("comm"), StandardCharsets.ISO_8859_1);
            return new Task(
                    number(status, "Tgid:"), number(status, "Uid:"), number(status, "Gid:"), comm.stripTrailing());
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

    /** Returns this caller with the attributes that a probe gives after `as`. */
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
     * The attributes of the caller that a probe gives.
     *
     * @param cookie the cookie of the caller's socket
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
