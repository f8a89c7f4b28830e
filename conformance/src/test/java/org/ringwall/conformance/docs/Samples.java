// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The text of the `samples` module's policies. */
final class Samples {
    private Samples() {}

    private static Path folder() {
        return Document.root().resolve("samples/policies");
    }

    static List<String> names() {
        try (Stream<Path> files = Files.list(folder())) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String text(String name) {
        try {
            return Files.readString(folder().resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a policy without comments and empty lines, and with single spaces. */
    static String withoutComments(String policy) {
        return policy.lines()
                .map(line -> line.replaceFirst("//.*", "").strip().replaceAll(" +", " "))
                .filter(line -> !line.isEmpty())
                .collect(Collectors.joining("\n"));
    }
}
