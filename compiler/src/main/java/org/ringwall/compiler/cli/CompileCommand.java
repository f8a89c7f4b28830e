// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "compile", description = "write policies as BPF objects", mixinStandardHelpOptions = true)
final class CompileCommand implements Callable<Integer> {
    @Mixin
    private PolicyInput input = new PolicyInput();

    @Mixin
    private Report report = new Report();

    @Parameters(arity = "1..*", paramLabel = "POLICY.wall", description = "the policies")
    private List<Path> policies = new ArrayList<>();

    @Option(
            names = "-o",
            required = true,
            paramLabel = "OUT.o",
            description = "the object to write, or an existing folder for the objects of all policies")
    private Path out = Path.of("");

    @Option(names = "--endian", paramLabel = "little|big", description = "byte order (default: little)")
    private Endian endian = Endian.LITTLE;

    @Option(
            names = "--deps",
            paramLabel = "FILE",
            description = "write the files that the object depends on, as a rule for make")
    private Optional<Path> deps = Optional.empty();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** Returns the job that the arguments describe. */
    CompileJob job() {
        return new CompileJob(input, report, policies, out, endian, deps);
    }

    @Override
    public Integer call() {
        return job().run(spec.commandLine().getOut(), spec.commandLine().getErr());
    }
}
