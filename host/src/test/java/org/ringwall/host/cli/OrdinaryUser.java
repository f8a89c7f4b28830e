// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A user without an entry in /etc/passwd, and a copy of the loader's files that this user can read,
 * because a checkout can be in root's home.
 */
record OrdinaryUser(long uid, Path folder, String classPath) {
    private static final String NEEDED = ".*/(picocli|jackson-core|jnr|jffi|snakeyaml)[^/]*[.]jar";

    /** Copies the loader. */
    static OrdinaryUser in(Path folder) {
        try {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
            List<String> parts = new ArrayList<>();
            int number = 0;
            for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
                Path from = Path.of(entry);
                boolean ours = Files.isDirectory(from.resolve("org/ringwall/host"))
                        || Installation.OURS.matcher(entry).matches();
                if (ours || entry.matches(NEEDED)) {
                    Path to = Files.createDirectory(folder.resolve("c" + number++))
                            .resolve(String.valueOf(from.getFileName()));
                    copy(from, to);
                    parts.add(to.toString());
                    if (Files.isDirectory(from.resolveSibling("native"))) {
                        copy(from.resolveSibling("native").toRealPath(), to.resolveSibling("native"));
                    }
                }
            }
            return new OrdinaryUser(
                    60_000 + ProcessHandle.current().pid() % 5_000, folder, String.join(File.pathSeparator, parts));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path path : all.collect(Collectors.toList())) {
                Path target = to.resolve(from.relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(path, target, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    /** Starts the command as root, from the copy, and in a cgroup. */
    Spawned root(Path cgroup, String... args) throws IOException {
        return started(cgroup, List.of(), Main.class, args);
    }

    /** Starts the command as this user, in a cgroup. */
    Spawned user(Path cgroup, String... args) throws IOException {
        return user(cgroup, List.of(), Main.class, args);
    }

    /** Starts a program as this user, in a cgroup, with further options of setpriv. */
    Spawned user(Path cgroup, List<String> options, Class<?> program, String... args) throws IOException {
        return started(cgroup, starter(options), program, args);
    }

    /** Returns the words that start a program as this user, in a cgroup. */
    List<String> words(Path cgroup, List<String> options, Class<?> program, String... args) {
        return words(cgroup, starter(options), java(program, args));
    }

    /** Returns the words that start a command as this user, in a cgroup. */
    List<String> words(Path cgroup, List<String> command) {
        return words(cgroup, starter(List.of()), command);
    }

    private List<String> starter(List<String> options) {
        String id = Long.toString(uid);
        List<String> starter = new ArrayList<>(List.of("setpriv", "--reuid=" + id, "--regid=" + id, "--clear-groups"));
        starter.addAll(options);
        starter.add("--");
        return starter;
    }

    /** Starts a program. */
    @FunctionalInterface
    interface Start {
        Spawned start(Class<?> program, String... args) throws IOException;
    }

    /** Starts a program as root, from the class path of this process, and in a cgroup. */
    static Spawned started(Path cgroup, Class<?> program, String... args) throws IOException {
        return new OrdinaryUser(0, Path.of(""), System.getProperty("java.class.path"))
                .started(cgroup, List.of(), program, args);
    }

    private Spawned started(Path cgroup, List<String> starter, Class<?> program, String... args) throws IOException {
        List<String> words = words(cgroup, starter, java(program, args));
        return new Spawned(new ProcessBuilder(words).redirectErrorStream(true).start());
    }

    private static List<String> words(Path cgroup, List<String> starter, List<String> command) {
        List<String> words = new ArrayList<>(List.of("/bin/sh", "-c", "echo $$ > \"$0\" && exec \"$@\""));
        words.add(cgroup.resolve("cgroup.procs").toString());
        words.addAll(starter);
        words.addAll(command);
        return words;
    }

    private List<String> java(Class<?> program, String... args) {
        List<String> words = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        words.addAll(
                List.of("-XX:TieredStopAtLevel=1", "-XX:+DisableAttachMechanism", "-cp", classPath, program.getName()));
        words.addAll(Arrays.asList(args));
        return words;
    }
}
