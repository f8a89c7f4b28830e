// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The commands to measure: those of the Debian package if the build has left one, and else those of
 * the checkout.
 *
 * @param kind `installed` or `checkout`
 * @param ringwall the command of the host
 * @param java the Java on which it runs, as a path or a name on the PATH
 */
public record Installation(String kind, Path ringwall, String java) {
    /** Returns the commands, unpacked into a folder if they are those of the package. */
    public static Installation in(Checkout checkout, Path folder) {
        Optional<Path> deb = deb(checkout);
        if (deb.isEmpty() || Checkout.onPath("dpkg-deb").isEmpty()) {
            String home = Optional.ofNullable(System.getenv("JAVA_HOME"))
                    .map(java -> java + "/bin/")
                    .orElse("");
            return new Installation("checkout", checkout.file("bin/ringwall"), home + "java");
        }
        Path root = folder.resolve("installed");
        TimedCommand.run(List.of("dpkg-deb", "-x", deb.get().toString(), root.toString()));
        Path files = root.resolve("usr/lib/ringwall");
        Path ringwall = files.resolve("bin/ringwall");
        // As the package does after it is installed.
        TimedCommand.run(List.of("env", "RINGWALL_ARCHIVE=make", ringwall.toString()));
        return new Installation(
                "installed", ringwall, files.resolve("image/bin/java").toString());
    }

    private static Optional<Path> deb(Checkout checkout) {
        Path target = checkout.file("packaging/target");
        if (!Files.isDirectory(target)) {
            return Optional.empty();
        }
        try (Stream<Path> files = Files.list(target)) {
            return files.filter(file -> file.toString().endsWith(".deb")).findFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
