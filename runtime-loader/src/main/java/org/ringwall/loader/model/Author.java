// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The user and the command that change what is in force, as a record for later readers. A process
 * with root's privileges can choose each part of it, so it is not evidence against root.
 *
 * @param uid the real user id of the process
 * @param login the user id with which the session began: the kernel's login uid, else the one that
 *     sudo names; empty if neither is known
 * @param user the name that sudo gives for {@code login}; may be empty
 * @param command the words of the command as a shell reads them, or the name of the interface
 */
public record Author(long uid, OptionalLong login, String user, String command) {
    private static final long UNSET = 0xffff_ffffL;
    private static final Pattern PLAIN = Pattern.compile("[\\w@%+=:,./-]+");

    /**
     * Returns the author of what this process does.
     *
     * @param command as in the record
     */
    public static Author ofThisProcess(String command) {
        return of(Path.of("/proc/self"), System.getenv(), command);
    }

    /** Returns the author of what a process does, by its folder in procfs and its environment. */
    static Author of(Path process, Map<String, String> environment, String command) {
        OptionalLong sudo = id(environment.getOrDefault("SUDO_UID", ""));
        OptionalLong audit = loginUid(process);
        OptionalLong login = audit.isPresent() ? audit : sudo;
        String user = login.equals(sudo) ? environment.getOrDefault("SUDO_USER", "") : "";
        return new Author(uid(process), login, login.isPresent() ? user : "", command);
    }

    /** Returns the words of a command as one line that a shell would split into the same words. */
    public static String line(List<String> words) {
        return words.stream()
                .map(word -> PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" "));
    }

    private static long uid(Path process) {
        return lines(process.resolve("status")).stream()
                .filter(line -> line.startsWith("Uid:"))
                .map(line -> id(line.split("\\s+", -1)[1]))
                .flatMapToLong(OptionalLong::stream)
                .findFirst()
                .orElse(UNSET);
    }

    /** Returns the login uid; empty if it is not set, or the kernel was built without audit. */
    private static OptionalLong loginUid(Path process) {
        return lines(process.resolve("loginuid")).stream()
                .map(Author::id)
                .flatMapToLong(OptionalLong::stream)
                .filter(id -> id != UNSET)
                .findFirst();
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return List.of();
        }
    }

    private static OptionalLong id(String text) {
        boolean number = !text.isEmpty() && text.length() <= 10 && text.chars().allMatch(c -> c >= '0' && c <= '9');
        long id = number ? Long.parseLong(text) : Long.MAX_VALUE;
        return id <= UNSET ? OptionalLong.of(id) : OptionalLong.empty();
    }
}
