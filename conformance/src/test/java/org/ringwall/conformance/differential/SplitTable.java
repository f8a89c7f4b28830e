// SPDX-License-Identifier: Apache-2.0
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
 * Prefixes of 24 bits whose table does not fit in one section, and the object of the policy that
 * denies them. The object is compiled, or read from the file that {@link #PROPERTY} names, as in a
 * guest whose emulated CPU compiles too slowly.
 *
 * @param prefixes in the form of {@link PrefixList}
 */
public record SplitTable(long[] prefixes, BpfObject object) {
    /**
     * The property that names the file, which holds the result of {@link #elf} for the same number
     * of prefixes.
     */
    public static final String PROPERTY = "ringwall.vm.object";

    /** A number of prefixes that need two sections. */
    public static final int FEWER = 600_000;

    private static final int LENGTH = 24;
    private static final int SEED = 20_261_127;

    /** Returns the ELF file of the policy of `count` prefixes. */
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
