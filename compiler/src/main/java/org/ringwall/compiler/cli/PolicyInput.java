// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.files.DiskFiles;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.CompileResult;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Probes;
import org.ringwall.compiler.pipeline.ReadFiles;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.SourceFiles;
import picocli.CommandLine.Option;

/** The options that all commands that read a policy share. */
final class PolicyInput {
    /** The argument for standard input. */
    private static final Path STANDARD_INPUT = Path.of("-");

    @Option(
            names = "--target",
            split = ",",
            paramLabel = "VERSION",
            description =
                    "kernels on which the object must load, such as 5.10,6.1 (default: 5.10, or what the policy requires)")
    private List<String> targets = new ArrayList<>();

    @Option(
            names = "--param",
            paramLabel = "NAME=VALUE",
            description = "replace the default of a param, within its declared range")
    private Map<String, String> params = new LinkedHashMap<>();

    PolicyInput() {}

    PolicyInput(List<String> targets, Map<String, String> params) {
        this.targets = targets;
        this.params = params;
    }

    /** Returns the kernels of {@code --target} as written. */
    List<String> targets() {
        return targets;
    }

    /** Returns the values of {@code --param} by name, in the order given. */
    Map<String, String> params() {
        return params;
    }

    /**
     * Reads and compiles a policy, and prints the diagnostics to `err`. Returns empty after an
     * error.
     */
    Optional<Compilation> compile(Path path, ByteOrder order, PrintWriter err) {
        return new Report().told(Compiler.compile(read(path), new DiskFiles(Path.of("")), settings(order)), err);
    }

    /**
     * Does the same for one of several policies. If one cannot be read, the others are still
     * compiled.
     */
    Optional<Compilation> compileOneOfMany(Path path, ByteOrder order, Report report, PrintWriter err) {
        return result(path, order, report, err).flatMap(CompileResult::compilation);
    }

    /** Does the same, and returns the files that were read. */
    Optional<CompileResult> result(Path path, ByteOrder order, Report report, PrintWriter err) {
        Settings settings = settings(order);
        SourceFile source;
        try {
            source = read(path);
        } catch (InputException e) {
            report.told(path, e, err);
            return Optional.empty();
        }
        CompileResult result = Compiler.compile(source, new DiskFiles(Path.of("")), settings);
        return report.told(result, err).isPresent() ? Optional.of(result) : Optional.empty();
    }

    /** Does the same for a little-endian machine, and checks a probe against the policy. */
    Optional<Probes> probed(Path path, String probe, PrintWriter err) {
        Settings settings = settings(ByteOrder.LITTLE_ENDIAN);
        SourceFiles files = new ReadFiles(new DiskFiles(Path.of("")));
        Optional<Compilation> compilation = new Report().told(Compiler.compile(read(path), files, settings), err);
        Optional<Probes> probes =
                compilation.map(made -> Probes.check(made, files, settings, "probe", List.of(probe)));
        probes.ifPresent(checked -> Report.print(checked.diagnostics(), err));
        return probes.filter(checked -> checked.policy().isPresent());
    }

    private Settings settings(ByteOrder order) {
        return new Settings(versions(), order, params);
    }

    private List<KernelVersion> versions() {
        List<KernelVersion> versions = new ArrayList<>();
        for (String text : targets) {
            versions.add(KernelVersion.parse(text)
                    .orElseThrow(() ->
                            new InputException("`" + text + "` is not a kernel version", "write --target 5.10,6.1")));
        }
        return versions;
    }

    private static SourceFile read(Path path) {
        refuseObject(path);
        try {
            return path.equals(STANDARD_INPUT)
                    ? decoded("<stdin>", System.in.readAllBytes())
                    : decoded(path.toString(), Files.readAllBytes(path));
        } catch (IOException e) {
            throw InputException.of("read", path, e, "name a policy file, such as agent.wall");
        }
    }

    private static SourceFile decoded(String path, byte[] bytes) {
        SourceFiles.Answer answer = DiskFiles.decoded(path, bytes, path, path);
        if (answer instanceof SourceFiles.Answer.Refused refused) {
            String where = refused.place()
                    .map(span -> ", in line %d".formatted(span.position().line()))
                    .orElse("");
            throw new InputException(refused.message() + where, refused.help());
        }
        return ((SourceFiles.Answer.Text) answer).file();
    }

    private static void refuseObject(Path path) {
        if (path.toString().endsWith(".o")) {
            throw new InputException(
                    "`" + path + "` is an object, but ringwallc compiles policies",
                    "to enforce it: ringwall run " + path + " -- COMMAND; to read it: ringwallc dump " + path);
        }
    }
}
