// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.ringwall.bench.samples.SamplesBenchmark;

/**
 * The command `bench/run`: runs benchmarks, prints their tables, and writes their figures into a
 * folder as CSV and JSON.
 */
public final class Main {
    private static final int USAGE = 2;

    private Main() {}

    /** Runs the command; `args` are those of {@link Options}. */
    public static void main(String[] args) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Options options;
        try {
            options = Options.parse(args);
        } catch (IllegalArgumentException e) {
            out.println("error: " + e.getMessage());
            System.exit(USAGE);
            return;
        }
        Checkout checkout =
                new Checkout(Path.of(System.getProperty("ringwall.root", ".")).toAbsolutePath());
        List<String> samples = SamplesBenchmark.names(checkout);
        TreeSet<String> unknown = new TreeSet<>(options.samples());
        samples.forEach(unknown::remove);
        if (!unknown.isEmpty()) {
            out.println("error: there is no sample `" + unknown.first() + "`; there are " + String.join(" ", samples));
            System.exit(USAGE);
            return;
        }
        for (String folder : options.beside()) {
            if (!Files.isExecutable(Path.of(folder, "bin/ringwallc"))) {
                out.println("error: `" + folder + "` is not a checkout: it has no bin/ringwallc");
                System.exit(USAGE);
                return;
            }
        }
        if (options.list()) {
            out.print(Options.listing());
        } else {
            System.exit(new Session(checkout, options, out).run() ? 0 : 1);
        }
    }
}
