// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.compiler.api.CompileResult;
import org.ringwall.compiler.api.Policy;
import org.ringwall.compiler.api.Program;
import org.ringwall.compiler.files.DependencyRule;
import org.ringwall.compiler.files.OutputFile;
import org.ringwall.compiler.report.ReachReport;

/**
 * The job of {@code compile}, independent of how its arguments were parsed.
 *
 * @param out the object, or an existing folder for the objects
 * @param deps the file for a rule for make
 */
record CompileJob(PolicyInput input, Report report, List<Path> policies, Path out, Endian endian, Optional<Path> deps) {
    CompileJob {
        policies = List.copyOf(policies);
    }

    /**
     * Compiles, writes the outputs and returns the exit code. One of several policies that cannot
     * be compiled or written does not keep the others from it.
     */
    int run(PrintWriter text, PrintWriter err) {
        if (out.toString().equals("-")) {
            throw new InputException("`-` cannot be the object file", "write -o out.o");
        }
        boolean folder = Files.isDirectory(out);
        if (policies.size() > 1 && !folder) {
            throw new InputException(
                    "`" + out + "` is not a folder, and there are " + policies.size() + " policies",
                    "with several policies, `-o` names an existing folder");
        }
        if (deps.isPresent() && (folder || PolicyInput.isStandardInput(policies.get(0)))) {
            throw new InputException(
                    "`--deps` needs " + (folder ? "one object" : "the name of the policy, and `-` has none"),
                    folder ? "name it: -o out.o" : "save the policy as a file");
        }
        boolean done = true;
        Set<Path> objects = new HashSet<>();
        for (Path policy : policies) {
            done &= folder ? inFolder(policy, objects, text, err) : compiled(policy, out, text, err);
        }
        report.finish(text, Map.of());
        return done ? ExitCode.DONE : ExitCode.WRONG_INPUT;
    }

    /** Writes the object beside the others, and reports what keeps it from that. */
    private boolean inFolder(Path policy, Set<Path> others, PrintWriter text, PrintWriter err) {
        try {
            if (PolicyInput.isStandardInput(policy)) {
                throw new InputException("the object of standard input has no name", "name it: -o out.o");
            }
            String name = String.valueOf(policy.getFileName());
            Path object = out.resolve((name.endsWith(".wall") ? name.substring(0, name.length() - 5) : name) + ".o");
            if (!others.add(object)) {
                throw new InputException(
                        "cannot write the object of `" + policy + "`: `" + object + "` is that of another policy",
                        "compile one of them into another folder");
            }
            return compiled(policy, object, text, err);
        } catch (InputException e) {
            report.add(PolicyInput.name(policy), e, err);
            return false;
        }
    }

    private boolean compiled(Path policy, Path object, PrintWriter text, PrintWriter err) {
        Optional<CompileResult> result = input.result(policy, endian.order(), report, err);
        result.ifPresent(made -> {
            Policy compiled = made.policy().orElseThrow();
            write(policy, object, compiled.object(), made.files());
            if (report.isText()) {
                summary(policy, object, compiled, text);
            }
        });
        return result.isPresent();
    }

    private static void summary(Path policy, Path object, Policy compiled, PrintWriter text) {
        text.println(object + ": policy `" + compiled.name() + "`");
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
    private void write(Path policy, Path object, byte[] content, List<String> others) {
        List<Path> inputs = new ArrayList<>(List.of(policy));
        others.forEach(name -> inputs.add(Path.of(name)));
        OutputFile objectFile = Outputs.checked(object, OutputFile.Kind.OBJECT, inputs);
        Optional<OutputFile> rule = deps.map(file -> Outputs.checked(file, OutputFile.Kind.DEPENDENCIES, inputs));
        if (rule.filter(objectFile::isSameAs).isPresent()) {
            throw new InputException(
                    "cannot write `" + object + "`: `-o` and `--deps` name the same file",
                    "name another file for `--deps`, as in `--deps " + object + ".d`");
        }
        Outputs.write(objectFile, content);
        rule.ifPresent(file -> Outputs.write(
                file,
                DependencyRule.text(object.toString(), policy.toString(), others)
                        .getBytes(StandardCharsets.UTF_8)));
    }
}
