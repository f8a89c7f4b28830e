package org.ringwall.conformance.differential;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.object.ObjectReader;

/**
 * Prefixes of 24 bits whose table no section holds alone, and the object of the policy that denies them: compiled, or read from
 * the file that {@link #PROPERTY} names, as a guest does whose emulated processor would take minutes.
 *
 * @param prefixes as {@link PrefixList} has them
 */
public record SplitTable(long[] prefixes, BpfObject object) {
    /** The property that names the file, which holds what {@link #elf} has made of as many prefixes. */
    public static final String PROPERTY = "ringwall.vm.object";

    /** So many lie in two sections. */
    public static final int FEWER = 600_000;

    private static final int LENGTH = 24;
    private static final int SEED = 20_261_127;

    /** The object of so many prefixes, as a file holds it. */
    public static byte[] elf(int count) {
        return PrefixList.compile(draw(count)).elf().toArray();
    }

    static SplitTable of(int count) {
        long[] prefixes = draw(count);
        String file = System.getProperty(PROPERTY, "");
        return new SplitTable(
                prefixes, file.isEmpty() ? PrefixList.compile(prefixes).object() : read(Path.of(file)));
    }

    private static long[] draw(int count) {
        return PrefixList.draw(count, LENGTH, LENGTH, new Random(SEED));
    }

    private static BpfObject read(Path file) {
        try {
            return ObjectReader.read(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ObjectFormatException e) {
            throw new IllegalStateException(file.toString(), e);
        }
    }
}
