// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.ringwall.testkit.GoldenCase;

/** The Java files of all modules. */
public final class JavaSources {
    private JavaSources() {}

    /** Returns the files below the `src` folder of each module. */
    public static List<Path> files() {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> modules = Files.list(GoldenCase.projectRoot())) {
            List<Path> roots = modules.map(module -> module.resolve("src"))
                    .filter(Files::isDirectory)
                    .toList();
            for (Path root : roots) {
                try (Stream<Path> all = Files.walk(root)) {
                    all.filter(file -> file.toString().endsWith(".java")).forEach(files::add);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return files;
    }
}
