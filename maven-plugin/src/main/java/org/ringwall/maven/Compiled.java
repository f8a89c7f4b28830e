// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.nio.file.Path;
import java.util.List;
import org.ringwall.compiler.api.Policy;
import org.ringwall.compiler.report.Diagnostic;

/**
 * A policy of the folder that compiles.
 *
 * @param file the file, with an absolute path
 * @param name the name in messages and in the object
 * @param policy the policy
 * @param warnings what the compiler warns about
 * @param inputs the absolute paths of the file and of all files that it includes
 */
record Compiled(Path file, String name, Policy policy, List<Diagnostic> warnings, List<Path> inputs) {
    Compiled {
        warnings = List.copyOf(warnings);
        inputs = List.copyOf(inputs);
    }
}
