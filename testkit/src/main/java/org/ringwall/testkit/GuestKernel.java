// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A kernel fetched by {@code conformance/vm/kernels.sh}, to be booted in a virtual machine.
 *
 * @param line the release line that it represents: `5.10`, or `newest`; or the architecture
 *     `arm64`, whose guest has a root file system of its own
 * @param release its release, as `uname -r` prints it
 */
public record GuestKernel(String line, String release, Path folder) {
    /** The line of the guest for aarch64. */
    public static final String ARM64 = "arm64";

    /**
     * The folder of the kernels: {@code -Dringwall.kernels=DIR}, RINGWALL_KERNELS or a folder of
     * the user's cache.
     */
    static final Path FOLDER = folderOfKernels();

    /**
     * The release lines to boot, oldest first; {@code -Dringwall.vm.kernels=5.10,newest} restricts
     * them.
     */
    public static final List<String> LINES = Arrays.stream(property("ringwall.vm.kernels")
                    .orElse("5.10,6.1,6.12,newest")
                    .split(","))
            .map(String::strip)
            .toList();

    /** Returns the kernel of a release line, or empty if it was not fetched. */
    public static Optional<GuestKernel> of(String line) {
        Path folder = FOLDER.resolve(line);
        Path release = folder.resolve("release");
        if (!Files.isReadable(release)) {
            return Optional.empty();
        }
        try {
            return Optional.of(new GuestKernel(line, Files.readString(release).strip(), folder));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Boots the kernel, runs a shell command in it as root, and shuts it down. The guest sees the
     * files of the host read-only and writes to memory of its own. The folder `out` is mounted as
     * `/out` of the guest.
     */
    public Command run(Path out, Duration limit, List<Path> fileSystems, String command) {
        List<String> words = new ArrayList<>();
        words.add(GoldenCase.projectRoot().resolve("conformance/vm/boot.sh").toString());
        words.addAll(List.of("-t", Long.toString(limit.toSeconds()), "-o", out.toString()));
        fileSystems.forEach(path -> words.addAll(List.of("-b", path.toString())));
        words.addAll(List.of(folder.toString(), command));
        return Command.run(out, words);
    }

    /** Whether it is of another architecture, and sees only the file systems that it is given. */
    public boolean hasOwnRoot() {
        return Files.isDirectory(folder.resolve("root"));
    }

    /** Returns the program `java` of the guest. */
    public String java() {
        if (!hasOwnRoot()) {
            return Path.of(System.getProperty("java.home"), "bin", "java").toString();
        }
        try {
            return Files.readString(folder.resolve("java")).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return line.equals("newest") ? "newest (" + release + ")" : release;
    }

    private static Path folderOfKernels() {
        return property("ringwall.kernels")
                .or(() -> Optional.ofNullable(System.getenv("RINGWALL_KERNELS")))
                .map(Path::of)
                .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache", "ringwall", "kernels"));
    }

    private static Optional<String> property(String name) {
        return Optional.ofNullable(System.getProperty(name)).filter(value -> !value.isBlank());
    }
}
