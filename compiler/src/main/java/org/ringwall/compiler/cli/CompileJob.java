package org.ringwall.compiler.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.compiler.coverage.CoveragePrinter;
import org.ringwall.compiler.driver.Compilation;
import org.ringwall.compiler.driver.CompileResult;

/**
 * What {@code compile} is to do, however its arguments were read.
 *
 * @param deps where a rule for make goes
 */
record CompileJob(PolicyInput input, Path policy, Path out, Endian endian, Optional<Path> deps) {
    /** Compiles and writes, and gives the exit code. */
    int run(PrintWriter text, PrintWriter err) {
        if (out.toString().equals("-")) {
            throw new InputException("`-` is no name of an object", "write -o out.o");
        }
        CompileResult result = input.result(policy, endian.order(), err);
        Optional<Compilation> compilation = result.compilation();
        if (compilation.isEmpty()) {
            return ExitCode.WRONG_INPUT;
        }
        write(out, compilation.get().elf().toArray());
        deps.ifPresent(file -> write(file, rule(result).getBytes(StandardCharsets.UTF_8)));
        text.println(out + ": policy `" + compilation.get().policy().name() + "`");
        for (ProgramSpec program : compilation.get().object().programs()) {
            text.println(line(program));
        }
        for (String block : new CoveragePrinter(compilation.get().coverage()).summary()) {
            text.println("  " + block + "; see ringwallc reach " + policy);
        }
        text.flush();
        return ExitCode.DONE;
    }

    /** Its section and how long it is, without a formatter: that brings the texts of all languages with it. */
    private static String line(ProgramSpec program) {
        String count = Integer.toString(program.slots());
        int gap = Math.max(1, 23 - program.section().length()) + Math.max(0, 4 - count.length());
        return "  " + program.section() + " ".repeat(gap) + count + " instructions";
    }

    /** `out.o: agent.wall lists/feed.txt`, and an empty rule for each file, so that make goes on where one has gone. */
    private String rule(CompileResult result) {
        List<String> files = new ArrayList<>(List.of(escaped(policy.toString())));
        result.files().forEach(file -> files.add(escaped(file.name())));
        StringBuilder text = new StringBuilder(escaped(out.toString())).append(':');
        files.forEach(file -> text.append(" \\\n  ").append(file));
        text.append('\n');
        files.stream().skip(1).forEach(file -> text.append('\n').append(file).append(":\n"));
        return text.toString();
    }

    /** As make reads names. */
    private static String escaped(String name) {
        return name.replace("$", "$$").replace("#", "\\#").replace(" ", "\\ ").replace(":", "\\:");
    }

    /** Writes beside the target and renames, so that nobody sees half a file. A device or a pipe stays what it is. */
    private static void write(Path file, byte[] content) {
        Path whole = file.toAbsolutePath();
        try {
            if (Files.exists(whole) && !Files.isRegularFile(whole)) {
                Files.write(whole, content, StandardOpenOption.WRITE);
                return;
            }
            // Not a temporary file, which nobody else may read: who may read the object is the umask's business.
            Path part =
                    whole.resolveSibling(".ringwallc-" + System.currentTimeMillis() + "-" + System.nanoTime() + ".o");
            try {
                Files.write(part, content, StandardOpenOption.CREATE_NEW);
                Files.move(part, whole, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(part);
            }
        } catch (IOException e) {
            throw InputException.of("write", file, e, "name a file in a folder that exists");
        }
    }
}
