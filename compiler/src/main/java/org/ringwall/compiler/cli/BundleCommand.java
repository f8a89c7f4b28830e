// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteOrder;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ringwall.compiler.api.BundleResult;
import org.ringwall.compiler.api.CompileResult;
import org.ringwall.compiler.api.InvalidBundleException;
import org.ringwall.compiler.api.Options;
import org.ringwall.compiler.api.Policy;
import org.ringwall.compiler.api.PolicyBundle;
import org.ringwall.compiler.files.OutputFile;
import org.ringwall.compiler.report.TestReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "bundle",
        description = "compile and test policies, and write them with their sources as one file for hosts")
final class BundleCommand implements Callable<Integer> {
    private static final String SUFFIX = ".wallpack";

    @Mixin
    private Report report = new Report();

    @Parameters(arity = "1..*", paramLabel = "POLICY.wall", description = "the policies")
    private List<Path> policies = new ArrayList<>();

    @Option(names = "-o", required = true, paramLabel = "OUT.wallpack", description = "the bundle to write")
    private Path out = Path.of("");

    @Option(names = "--name", paramLabel = "NAME", description = "the bundle's name (default: that of the file)")
    private Optional<String> name = Optional.empty();

    @Option(names = "--version", paramLabel = "VERSION", description = "the bundle's version (default: 0)")
    private String version = "0";

    @Option(
            names = "--target",
            paramLabel = "VERSION,…",
            description = "kernels on which one object of each policy must load, such as 5.10,6.1; given again, for"
                    + " further objects (default: 5.10, or what the policy requires)")
    private List<String> targets = new ArrayList<>();

    @Option(
            names = "--param",
            paramLabel = "NAME=VALUE",
            description = "replace the default of a param, within its declared range")
    private Map<String, String> params = new LinkedHashMap<>();

    @Option(names = "--gzip", description = "compress the bundle")
    private boolean gzip;

    @Mixin
    private Console console = new Console();

    @Override
    public Integer call() {
        PrintWriter text = console.out();
        int code = run(text, console.err());
        report.finish(text, Map.of());
        return code;
    }

    private int run(PrintWriter text, PrintWriter err) {
        PolicyInput input = new PolicyInput(
                targets.stream()
                        .flatMap(set -> List.of(set.split(",", -1)).stream())
                        .toList(),
                params);
        BundleResult result = compile(input.options(ByteOrder.LITTLE_ENDIAN));
        boolean good = true;
        for (CompileResult each : result.results()) {
            good &= report.add(each, err);
        }
        if (!good || result.bundle().isEmpty()) {
            return ExitCode.WRONG_INPUT;
        }
        PolicyBundle bundle = result.bundle().get();
        if (!passes(bundle, err)) {
            return ExitCode.CHECK_FAILED;
        }
        write(bundle, result.results());
        if (report.isText()) {
            summary(bundle, text);
        }
        return ExitCode.DONE;
    }

    private BundleResult compile(Options options) {
        for (Path policy : policies) {
            if (PolicyInput.isStandardInput(policy)) {
                throw new InputException("a bundle contains its sources, and `-` has no name", "save it as a file");
            }
            PolicyInput.refuseObject(policy);
        }
        List<List<String>> sets =
                targets.stream().map(set -> List.of(set.split(",", -1))).toList();
        try {
            return PolicyBundle.compile(name.orElseGet(this::nameOfFile), version, policies, sets, options);
        } catch (InvalidBundleException e) {
            throw new InputException(String.valueOf(e.getMessage()), e.help());
        } catch (IOException e) {
            Optional<Path> file = Optional.of(e)
                    .filter(FileSystemException.class::isInstance)
                    .map(each -> ((FileSystemException) each).getFile())
                    .map(Path::of);
            throw InputException.of("read", file.orElse(policies.get(0)), e, "name policy files, such as agent.wall");
        }
    }

    private String nameOfFile() {
        String file = String.valueOf(out.getFileName());
        return file.endsWith(SUFFIX) ? file.substring(0, file.length() - SUFFIX.length()) : file;
    }

    /** Runs all tests, and reports those that fail. */
    private boolean passes(PolicyBundle bundle, PrintWriter err) {
        List<String> failed = new ArrayList<>();
        for (Policy policy : bundle.policies()) {
            for (TestReport test : policy.test()) {
                test.cases().stream()
                        .filter(line -> !line.passed())
                        .forEach(line -> failed.add(line.file() + ":" + line.line() + ":" + line.column() + ": test \""
                                + test.name() + "\": expected " + line.expected() + ", got " + line.actual()));
            }
        }
        if (failed.isEmpty()) {
            return true;
        }
        failed.forEach(line -> err.println("error: " + line));
        err.println("  = help: see ringwallc test; nothing was written");
        err.flush();
        return false;
    }

    private void write(PolicyBundle bundle, List<CompileResult> results) {
        List<Path> inputs = new ArrayList<>(policies);
        results.forEach(result -> result.files().forEach(file -> inputs.add(Path.of(file))));
        OutputFile file = Outputs.checked(out, OutputFile.Kind.BUNDLE, inputs);
        Outputs.write(file, gzip ? bundle.compressed() : bundle.content());
    }

    private void summary(PolicyBundle bundle, PrintWriter text) {
        text.println(out + ": bundle `" + name.orElseGet(this::nameOfFile) + "`, version " + version);
        bundle.policies().forEach(policy -> text.println("  policy `" + policy.name() + "`"));
        text.println("  SHA-256 " + bundle.digest());
        text.flush();
    }
}
