// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.conformance.samples.Samples;

/** Every sample as an object file for external tools. */
final class SampleObjects {
    /** A sample's compilation and the folder that holds its object file. */
    record SampleObject(String name, Compilation compilation, Path directory) {
        /** Returns the file's name in the folder. */
        String file() {
            return name + ".o";
        }
    }

    /** A check of one sample. */
    @FunctionalInterface
    interface Check {
        void of(SampleObject sample) throws Exception;
    }

    /** The samples that this JVM has compiled, by file and byte order. */
    private static final Map<List<Object>, Compilation> COMPILED = new ConcurrentHashMap<>();

    private SampleObjects() {}

    /** Returns a test for each sample, sorted by name; the objects are written into this folder. */
    static Stream<DynamicTest> each(Path directory, Check check) {
        return Samples.all().stream()
                .map(path -> DynamicTest.dynamicTest(
                        path.getFileName().toString(), () -> check.of(written(path, directory))));
    }

    /** Returns tests for every sample in each byte order. */
    static Stream<DynamicTest> inBothOrders(Path directory, Check check) {
        Stream<DynamicTest> big = Samples.all().stream()
                .map(path -> DynamicTest.dynamicTest(
                        path.getFileName() + ", big-endian",
                        () -> check.of(written(path, directory, "-big", ByteOrder.BIG_ENDIAN))));
        return Stream.concat(each(directory, check), big);
    }

    /** Compiles one sample and writes its object there. */
    static SampleObject written(Path path, Path directory) {
        return written(path, directory, "", ByteOrder.LITTLE_ENDIAN);
    }

    private static SampleObject written(Path path, Path directory, String mark, ByteOrder order) {
        Compilation compilation = COMPILED.computeIfAbsent(List.of(path, order), each -> Samples.compile(path, order));
        String name = path.getFileName().toString().replace(".wall", mark);
        SampleObject sample = new SampleObject(name, compilation, directory);
        try {
            Files.write(directory.resolve(sample.file()), compilation.elf().toArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return sample;
    }
}
