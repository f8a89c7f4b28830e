package org.ringwall.conformance.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.ringwall.compiler.driver.Compilation;
import org.ringwall.conformance.samples.Samples;

/** Every sample as an object file, for a tool to read. */
final class SampleObjects {
    /** One sample's compilation and the file that holds it. */
    record SampleObject(String name, Compilation compilation, Path directory) {
        /** The file's name in the folder. */
        String file() {
            return name + ".o";
        }
    }

    /** What a test does with one sample. */
    @FunctionalInterface
    interface Check {
        void of(SampleObject sample) throws Exception;
    }

    private SampleObjects() {}

    /** A test a sample, in the order of their names; the objects are written into this folder. */
    static Stream<DynamicTest> each(Path directory, Check check) {
        return Samples.all().stream()
                .map(path -> DynamicTest.dynamicTest(
                        path.getFileName().toString(), () -> check.of(written(path, directory))));
    }

    /** The same with every sample as an object for machines of each byte order. */
    static Stream<DynamicTest> inBothOrders(Path directory, Check check) {
        Stream<DynamicTest> big = Samples.all().stream()
                .map(path -> DynamicTest.dynamicTest(
                        path.getFileName() + ", big-endian",
                        () -> check.of(written(path, directory, "-big", ByteOrder.BIG_ENDIAN))));
        return Stream.concat(each(directory, check), big);
    }

    /** Compiles one sample and writes it there. */
    static SampleObject written(Path path, Path directory) {
        return written(path, directory, "", ByteOrder.LITTLE_ENDIAN);
    }

    private static SampleObject written(Path path, Path directory, String mark, ByteOrder order) {
        Compilation compilation = Samples.compile(path, order);
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
