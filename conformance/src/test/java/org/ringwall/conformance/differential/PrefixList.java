// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import java.util.Random;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.SourceFiles;
import org.ringwall.conformance.kernel.CompiledPolicies;

/**
 * A list of v4 prefixes that a policy reads from a file and denies. Each prefix is a long: the base
 * in the upper half, the length in the lower.
 */
public final class PrefixList {
    /** A number of prefixes of 24 bits that need three sections. */
    public static final int MILLION = 1_000_000;

    /** A number of prefixes of 24 bits that need two sections. */
    public static final int FEWER = 600_000;

    private static final int SEED = 20_261_126;

    private PrefixList() {}

    /** Returns `count` distinct random prefixes of lengths from `shortest` to `longest`. */
    public static long[] draw(int count, int shortest, int longest, Random random) {
        return random.longs()
                .map(bits -> {
                    int length = shortest + (int) ((bits & 0xffff) % (longest - shortest + 1));
                    return (bits >>> 32 & mask(length)) << 32 | length;
                })
                .distinct()
                .limit(count)
                .toArray();
    }

    /** Returns `count` prefixes of 24 bits, the same at every call. */
    public static long[] ofTables(int count) {
        return draw(count, 24, 24, new Random(SEED));
    }

    private static long mask(int length) {
        return 0xffff_ffffL << 32 - length & 0xffff_ffffL;
    }

    /** Returns the first address of a prefix. */
    public static long base(long prefix) {
        return prefix >>> 32;
    }

    /** Returns the last address of a prefix. */
    public static long last(long prefix) {
        return base(prefix) | ~mask((int) prefix) & 0xffff_ffffL;
    }

    /** Returns the ELF file of the policy of the list, from {@link CompiledPolicies}. */
    public static byte[] elf(long[] prefixes) {
        StringBuilder list = new StringBuilder();
        for (long prefix : prefixes) {
            long base = base(prefix);
            list.append(base >>> 24).append('.').append(base >>> 16 & 255).append('.');
            list.append(base >>> 8 & 255)
                    .append('.')
                    .append(base & 255)
                    .append('/')
                    .append((int) prefix)
                    .append('\n');
        }
        String feed = list.toString();
        return CompiledPolicies.bytes(feed, "o", () -> compile(feed));
    }

    private static byte[] compile(String list) {
        SourceFiles files = (from, path) -> new SourceFiles.Answer.Text(new SourceFile(path, list), path);
        String text = "policy huge\negress {\n  deny if remote.ip in file \"feed.txt\"\n  default allow\n}\n";
        return Compiler.compile(new SourceFile("huge.wall", text), files, Settings.DEFAULT)
                .compilation()
                .orElseThrow()
                .elf()
                .toArray();
    }
}
