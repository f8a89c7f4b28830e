// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.tools;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.ringwall.compiler.cli.Ringwallc;

/** A program that runs `ringwallc compile` on each policy in turn, in a JVM of its own. */
final class Compilations {
    private Compilations() {}

    /** Runs the program; the arguments are the folder for the objects, then the policies. */
    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        for (String policy : List.of(args).subList(1, args.length)) {
            String object = Path.of(policy).getFileName().toString().replace(".wall", ".o");
            String path = Path.of(args[0], object).toString();
            int code = Ringwallc.run(out, out, "compile", policy, "-o", path);
            if (code != 0) {
                System.exit(code);
            }
        }
    }

    /**
     * Returns the command that compiles these into that folder: this JVM's program and class path,
     * with more options.
     */
    static List<String> command(List<String> options, Path objects, Collection<Path> policies) {
        List<String> words = new ArrayList<>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        words.addAll(options);
        words.addAll(List.of("-cp", System.getProperty("java.class.path"), Compilations.class.getName()));
        words.add(objects.toString());
        policies.forEach(policy -> words.add(policy.toString()));
        return words;
    }
}
