// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A run of a program in one source file of {@code samples/api}, with everything on the class path
 * of this test as modules. It compiles only if it uses nothing but exported packages.
 */
public final class ApiProgram {
    /** The parts of a test's class path that are neither the product nor its libraries. */
    private static final Pattern TESTS = Pattern.compile(
            ".*(test-classes|testkit|junit|assertj|opentest4j|apiguardian|byte-buddy|surefire|archunit).*");

    private ApiProgram() {}

    /**
     * Runs a program in a folder until it exits, as a user of a module does.
     *
     * @param module the module that the program uses
     * @param options further options of Java
     */
    public static Command run(Path folder, String module, String program, List<String> options, String... arguments) {
        String modules = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> !TESTS.matcher(entry).matches())
                .collect(Collectors.joining(File.pathSeparator));
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--module-path",
                modules,
                "--add-modules",
                module));
        words.addAll(options);
        words.add(source(program).toString());
        words.addAll(List.of(arguments));
        return Command.run(folder, words);
    }

    /** Returns the source file of a program, by its name or by a path without {@code .java}. */
    public static Path source(String program) {
        return Path.of(System.getProperty("ringwall.root", ".."))
                .toAbsolutePath()
                .resolve("samples/api")
                .resolve(program + ".java");
    }
}
