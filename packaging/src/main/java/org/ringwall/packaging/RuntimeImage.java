// SPDX-License-Identifier: Apache-2.0
package org.ringwall.packaging;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A Java runtime image (jlink) with only the JDK modules that a class path needs. All jars stay on
 * the class path, because jlink cannot link libraries that are not modules.
 */
final class RuntimeImage {
    private static final Pattern MODULES = Pattern.compile("[a-z0-9.]+(?:,[a-z0-9.]+)*+");

    private RuntimeImage() {}

    /** Links the image from the JDK that runs this. */
    static void link(List<Path> jars, Path image) {
        List<String> words = new ArrayList<>(List.of("--add-modules", modules(jars)));
        Path modules = Path.of(System.getProperty("java.home"), "jmods");
        // Newer JDKs can link from their own runtime, without this directory.
        if (Files.isDirectory(modules)) {
            words.addAll(List.of("--module-path", modules.toString()));
        }
        // Debug attributes stay: jlink strips them before or after it generates classes, in an
        // order that varies, so that two images would differ.
        words.addAll(List.of("--no-header-files", "--no-man-pages", "--vm", "server"));
        // Of the JDK's programs, only `java` is needed.
        words.addAll(List.of("--exclude-files", "**/bin/keytool", "--output", image.toString()));
        run("jlink", words);
    }

    /** Returns the names of the modules, separated by commas. */
    static String modules(List<Path> jars) {
        String all = jars.stream().map(Path::toString).collect(Collectors.joining(":"));
        List<String> words = new ArrayList<>(List.of(
                "--multi-release",
                Integer.toString(Runtime.version().feature()),
                "--ignore-missing-deps",
                "--print-module-deps",
                "--module-path",
                all,
                "--add-modules",
                "ALL-MODULE-PATH"));
        jars.forEach(jar -> words.add(jar.toString()));
        // Warnings come first.
        return run("jdeps", words)
                .lines()
                .filter(line -> MODULES.matcher(line).matches())
                .reduce((before, last) -> last)
                .orElseThrow(() -> new IllegalStateException("jdeps named no modules"));
    }

    /** Returns the jars in a directory, in the order of their names. */
    static List<Path> jars(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".jar"))
                    .sorted()
                    .toList();
        }
    }

    private static String run(String tool, List<String> words) {
        ToolProvider found = ToolProvider.findFirst(tool)
                .orElseThrow(() -> new PackagingException(
                        "this Java has no `" + tool + "`: " + System.getProperty("java.home"),
                        "build with a JDK, with its jmods"));
        StringWriter text = new StringWriter();
        int status = found.run(new PrintWriter(text), new PrintWriter(text), words.toArray(String[]::new));
        if (status != 0) {
            throw new PackagingException(tool + " failed: " + text.toString().strip(), "build with a complete JDK");
        }
        return text.toString();
    }
}
