// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.programs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.model.RunOrder;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Mounts;

/**
 * The processes that hold programs of other owners, and the pins that do, each through the program
 * or a link of it. Found by `/proc/PID/fdinfo` ({@code bpf_prog_show_fdinfo},
 * {@code bpf_link_show_fdinfo}), as far as this process may read it. Read once, when first needed.
 */
public final class Holders {
    private static final String PROGRAM = "prog_id:";
    private static final Set<String> NAMES =
            Set.of("anon_inode:bpf-prog", "anon_inode:bpf_link", "anon_inode:bpf-link");

    private final Bpf bpf;
    private final Path proc;
    private final Path own;
    private Optional<Found> found = Optional.empty();

    /**
     * Creates a search.
     *
     * @param proc the mount point of proc
     * @param own the folder of Ringwall's pins, in which no other owner pins
     */
    public Holders(Bpf bpf, Path proc, Path own) {
        this.bpf = bpf;
        this.proc = proc;
        this.own = own;
    }

    private record Found(Map<Integer, List<RunOrder.Process>> processes, Map<Integer, List<Path>> pins) {}

    /** Returns the holders of a program that are visible to this process. */
    RunOrder.Owner.Foreign of(int program) {
        Found all = found.orElseGet(() -> new Found(processes(), pins()));
        found = Optional.of(all);
        return new RunOrder.Owner.Foreign(
                all.processes().getOrDefault(program, List.of()), all.pins().getOrDefault(program, List.of()));
    }

    private Map<Integer, List<RunOrder.Process>> processes() {
        Map<Integer, List<RunOrder.Process>> all = new HashMap<>();
        TreeSet<Long> pids = new TreeSet<>();
        for (Path entry : entries(proc)) {
            String name = String.valueOf(entry.getFileName());
            if (name.chars().allMatch(c -> c >= '0' && c <= '9')) {
                pids.add(Long.parseLong(name));
            }
        }
        for (long pid : pids) {
            Path process = proc.resolve(Long.toString(pid));
            TreeSet<Integer> programs = new TreeSet<>();
            for (Path descriptor : entries(process.resolve("fd"))) {
                if (isBpf(descriptor)) {
                    program(process.resolve("fdinfo").resolve(String.valueOf(descriptor.getFileName())))
                            .ifPresent(programs::add);
                }
            }
            if (!programs.isEmpty()) {
                RunOrder.Process holder = new RunOrder.Process(pid, String.join("", lines(process.resolve("comm"))));
                programs.forEach(program ->
                        all.computeIfAbsent(program, id -> new ArrayList<>()).add(holder));
            }
        }
        return all;
    }

    /**
     * Returns whether a descriptor is of a program or of a link: {@code bpf_prog_new_fd},
     * {@code bpf_link_prime} and {@code bpf_link_new_fd} name them.
     */
    private static boolean isBpf(Path descriptor) {
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            return NAMES.contains(target);
        } catch (IOException e) {
            // The descriptor was closed, or belongs to a process that must not be read.
            return false;
        }
    }

    private static OptionalInt program(Path information) {
        return lines(information).stream()
                .filter(line -> line.startsWith(PROGRAM))
                .mapToInt(line -> Integer.parseUnsignedInt(
                        line.substring(PROGRAM.length()).strip()))
                .findFirst();
    }

    private Map<Integer, List<Path>> pins() {
        Map<Integer, List<Path>> all = new HashMap<>();
        Deque<Path> open = new ArrayDeque<>();
        Mounts.parse(String.join("\n", lines(proc.resolve("self/mountinfo"))))
                .ofType("bpf")
                .forEach(mount -> open.add(mount.point()));
        while (!open.isEmpty()) {
            for (Path entry : entries(open.remove())) {
                if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    if (!entry.equals(own)) {
                        open.add(entry);
                    }
                } else if (!Files.isSymbolicLink(entry)) {
                    pinned(entry)
                            .ifPresent(program -> all.computeIfAbsent(program, id -> new ArrayList<>())
                                    .add(entry));
                }
            }
        }
        return all;
    }

    /** Returns the id of the program that a pin holds; empty for maps and unreadable pins. */
    private OptionalInt pinned(Path pin) {
        try (Fd fd = bpf.objGet(pin)) {
            Path self = proc.resolve("self");
            String number = Integer.toString(fd.number());
            return isBpf(self.resolve("fd").resolve(number))
                    ? program(self.resolve("fdinfo").resolve(number))
                    : OptionalInt.empty();
        } catch (KernelRefusedException e) {
            return OptionalInt.empty();
        }
    }

    private static List<Path> entries(Path folder) {
        List<Path> all = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            entries.forEach(all::add);
        } catch (IOException | DirectoryIteratorException e) {
            // The process has ended, or must not be read.
            return all;
        }
        return all;
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return List.of();
        }
    }
}
