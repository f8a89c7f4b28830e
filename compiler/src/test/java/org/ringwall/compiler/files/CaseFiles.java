// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.ringwall.compiler.source.SourceFiles;
import org.ringwall.testkit.GoldenCase;

/** The files next to the source of a golden case, in a temporary folder. */
public final class CaseFiles {
    private CaseFiles() {}

    /** Applies `use` to the files and returns its result. */
    public static <T> T with(GoldenCase golden, Function<SourceFiles, T> use) {
        try {
            Path folder = Files.createTempDirectory("ringwall-case");
            try {
                return use.apply(golden.writeFiles(folder) ? new DiskFiles(folder) : SourceFiles.NONE);
            } finally {
                delete(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path folder) throws IOException {
        List<Path> all;
        try (Stream<Path> paths = Files.walk(folder)) {
            all = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.delete(path);
        }
    }
}
