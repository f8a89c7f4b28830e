// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import java.util.Random;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.SourceFiles;

/**
 * A list of v4 prefixes that a policy reads from a file and denies. Each prefix is a long: the base
 * in the upper half, the length in the lower.
 */
public final class PrefixList {
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

    /** Returns the compiled policy of the list. */
    public static Compilation compile(long[] prefixes) {
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
        SourceFiles files = (from, path) -> new SourceFiles.Answer.Text(new SourceFile(path, list.toString()), path);
        String text = "policy huge\negress {\n  deny if remote.ip in file \"feed.txt\"\n  default allow\n}\n";
        return Compiler.compile(new SourceFile("huge.wall", text), files, Settings.DEFAULT)
                .compilation()
                .orElseThrow();
    }
}
