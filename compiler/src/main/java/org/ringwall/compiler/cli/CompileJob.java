// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.compiler.api.CompileResult;
import org.ringwall.compiler.api.Policy;
import org.ringwall.compiler.api.Program;
import org.ringwall.compiler.files.DependencyRule;
import org.ringwall.compiler.files.OutputFile;
import org.ringwall.compiler.report.ReachReport;

/**
 * The job of {@code compile}, independent of how its arguments were parsed.
 *
 * @param deps the file for a rule for make
 */
record CompileJob(PolicyInput input, Report report, Path policy, Path out, Endian endian, Optional<Path> deps) {
    /** Compiles, writes the outputs and returns the exit code. */
    int run(PrintWriter text, PrintWriter err) {
        if (out.toString().equals("-")) {
            throw new InputException("`-` cannot be the object file", "write -o out.o");
        }
        if (deps.isPresent() && PolicyInput.isStandardInput(policy)) {
            throw new InputException(
                    "`--deps` needs the name of the policy, and `-` has none", "save the policy as a file");
        }
        Optional<CompileResult> result = input.result(policy, endian.order(), report, err);
        result.ifPresent(made -> {
            Policy compiled = made.policy().orElseThrow();
            write(compiled.object(), made.files());
            if (report.isText()) {
                summary(compiled, text);
            }
        });
        report.finish(text, Map.of());
        return result.isPresent() ? ExitCode.DONE : ExitCode.WRONG_INPUT;
    }

    private void summary(Policy compiled, PrintWriter text) {
        text.println(out + ": policy `" + compiled.name() + "`");
        for (Program program : compiled.programs()) {
            text.println(line(program));
        }
        for (ReachReport.BlockReach block : compiled.bypasses()) {
            if (block.present()) {
                text.println("  " + block.counts() + "; see ringwallc reach " + policy);
            }
        }
        text.flush();
    }

    /**
     * Returns the section and the length of a program. Uses no formatter, because that loads locale
     * data.
     */
    private static String line(Program program) {
        String count = Integer.toString(program.instructions());
        int gap = Math.max(1, 23 - program.section().length()) + Math.max(0, 4 - count.length());
        return "  " + program.section() + " ".repeat(gap) + count + " instructions";
    }

    /** Checks every output before it writes the first. */
    private void write(byte[] object, List<String> others) {
        List<Path> inputs = new ArrayList<>(List.of(policy));
        others.forEach(name -> inputs.add(Path.of(name)));
        OutputFile objectFile = Outputs.checked(out, OutputFile.Kind.OBJECT, inputs);
        Optional<OutputFile> rule = deps.map(file -> Outputs.checked(file, OutputFile.Kind.DEPENDENCIES, inputs));
        if (rule.filter(objectFile::isSameAs).isPresent()) {
            throw new InputException(
                    "cannot write `" + out + "`: `-o` and `--deps` name the same file",
                    "name another file for `--deps`, as in `--deps " + out + ".d`");
        }
        Outputs.write(objectFile, object);
        rule.ifPresent(file -> Outputs.write(
                file,
                DependencyRule.text(out.toString(), policy.toString(), others).getBytes(StandardCharsets.UTF_8)));
    }
}
