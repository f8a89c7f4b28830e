package org.ringwall.compiler.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.compiler.coverage.CoveragePrinter;
import org.ringwall.compiler.driver.Compilation;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "compile", description = "write a policy as a BPF object", mixinStandardHelpOptions = true)
final class CompileCommand implements Callable<Integer> {
    @Mixin
    private PolicyInput input = new PolicyInput();

    @Parameters(index = "0", paramLabel = "POLICY.wall", description = "the policy")
    private Path policy = Path.of("");

    @Option(names = "-o", required = true, paramLabel = "OUT.o", description = "the object to write")
    private Path out = Path.of("");

    @Option(names = "--endian", paramLabel = "little|big", description = "byte order (default: little)")
    private Endian endian = Endian.LITTLE;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter err = spec.commandLine().getErr();
        Optional<Compilation> compilation = input.compile(policy, endian.order(), err);
        if (compilation.isEmpty()) {
            return ExitCode.WRONG_INPUT;
        }
        write(compilation.get().elf().toArray());
        PrintWriter text = spec.commandLine().getOut();
        text.printf("%s: policy `%s`%n", out, compilation.get().policy().name());
        for (ProgramSpec program : compilation.get().object().programs()) {
            text.printf("  %-22s %4d instructions%n", program.section(), program.slots());
        }
        for (String block : new CoveragePrinter(compilation.get().coverage()).summary()) {
            text.println("  " + block + "; see ringwallc reach " + policy);
        }
        text.flush();
        return ExitCode.DONE;
    }

    /** Writes beside the target and renames, so that nobody sees half an object. A device or a pipe stays what it is. */
    private void write(byte[] elf) {
        Path whole = out.toAbsolutePath();
        try {
            if (Files.exists(whole) && !Files.isRegularFile(whole)) {
                Files.write(whole, elf, StandardOpenOption.WRITE);
                return;
            }
            // Not a temporary file, which nobody else may read: who may read the object is the umask's business.
            Path part = whole.resolveSibling(
                    ".ringwallc-" + ProcessHandle.current().pid() + "-" + System.nanoTime() + ".o");
            try {
                Files.write(part, elf, StandardOpenOption.CREATE_NEW);
                Files.move(part, whole, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(part);
            }
        } catch (IOException e) {
            throw new InputException("cannot write `" + out + "`", "name a file in a folder that exists");
        }
    }
}
