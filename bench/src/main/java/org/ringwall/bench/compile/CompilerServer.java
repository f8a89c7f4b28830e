// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.compile;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.source.SourceFile;

/**
 * The compiler in a warm process that can be killed. Each line names a policy and the object to
 * write, separated by a tab. The answer is `ok MILLISECONDS` or `failed WORDS`.
 */
public final class CompilerServer {
    private static final double MILLI = 1e6;

    /**
     * The milliseconds from which a compilation is not repeated. A shorter one is repeated, so that
     * class loading does not count.
     */
    private static final double LONG = 300;

    private CompilerServer() {}

    /** Answers until standard input ends. */
    public static void main(String[] args) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        out.println("ready");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] paths = line.split("\t", -1);
            out.println(answer(Path.of(paths[0]), Path.of(paths[1])));
        }
    }

    private static String answer(Path policy, Path object) throws IOException {
        try {
            SourceFile source = new SourceFile("policy.wall", Files.readString(policy));
            double took = compile(source, object);
            if (took >= 0 && took < LONG) {
                took = compile(source, object);
            }
            return took < 0 ? "failed " + refused(source) : "ok " + String.format(Locale.ROOT, "%.3f", took);
        } catch (StackOverflowError | OutOfMemoryError | RuntimeException e) {
            return "failed " + oneLine(e.toString());
        }
    }

    /** Returns the time in milliseconds, or a negative number if the policy is rejected. */
    private static double compile(SourceFile source, Path object) throws IOException {
        long start = System.nanoTime();
        Optional<Bytes> elf = NativeCompilation.of(source).compilation().map(Compilation::elf);
        double took = (System.nanoTime() - start) / MILLI;
        if (elf.isEmpty()) {
            return -1;
        }
        Files.write(object, elf.get().toArray());
        return took;
    }

    private static String refused(SourceFile source) {
        return NativeCompilation.firstError(NativeCompilation.of(source))
                .map(diagnostic -> oneLine(diagnostic.message()))
                .orElse("without a word");
    }

    private static String oneLine(String text) {
        return text.lines().findFirst().orElse("");
    }
}
