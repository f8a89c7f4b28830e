// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.ringwall.bpf.text.StandardOutput;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.source.DidYouMean;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code ringwallc}: compiles policies to objects, and runs all analyses that need no kernel. */
@Command(
        name = "ringwallc",
        description = "Compiles access policies for Linux control groups to BPF.",
        version = Compiler.TOOL,
        mixinStandardHelpOptions = true)
public final class Ringwallc {
    /** The commands in the order of the help text. */
    private static final List<Map.Entry<String, Supplier<Object>>> COMMANDS = List.of(
            Map.entry("compile", CompileCommand::new),
            Map.entry("bundle", BundleCommand::new),
            Map.entry("check", CheckCommand::new),
            Map.entry("test", TestCommand::new),
            Map.entry("why", WhyCommand::new),
            Map.entry("reach", ReachCommand::new),
            Map.entry("explain", ExplainCommand::new),
            Map.entry("dump", DumpCommand::new),
            Map.entry("keygen", KeygenCommand::new),
            Map.entry("cross-sign", CrossSignCommand::new),
            Map.entry("sign", SignCommand::new),
            Map.entry("verify", VerifyCommand::new),
            Map.entry("push", () -> RegistryCommands.named("push")),
            Map.entry("pull", () -> RegistryCommands.named("pull")),
            Map.entry("hooks", HooksCommand::new),
            Map.entry("fields", FieldsCommand::new));

    private Ringwallc() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] args) {
        prepareHashes();
        PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, false, StandardCharsets.UTF_8);
        int code = run(out, err, args);
        code = code == ExitCode.DONE && out.checkError() ? unwritten(err) : code;
        err.flush();
        System.exit(code);
    }

    private static int unwritten(PrintWriter err) {
        return StandardOutput.isPipe()
                ? StandardOutput.NO_READER
                : wrong(err, new InputException("the output could not be written", "check where standard output goes"));
    }

    /**
     * Looks up the hash provider in another thread. The lookup takes the JDK as long as parsing a
     * small policy, and the hash is needed only when the object is written.
     */
    private static void prepareHashes() {
        Thread thread = new Thread(Ringwallc::findHash, "hashes");
        thread.setDaemon(true);
        thread.start();
    }

    private static void findHash() {
        try {
            MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Runs one command and returns its exit code. */
    public static int run(PrintWriter out, PrintWriter err, String... args) {
        if (args.length == 0) {
            commandLine(out, err, "").usage(err);
            return ExitCode.USAGE;
        }
        if (!args[0].startsWith("-")
                && COMMANDS.stream().noneMatch(command -> command.getKey().equals(args[0]))) {
            return unknown(err, args[0]);
        }
        Optional<CompileJob> plain = PlainArguments.read(args);
        if (plain.isEmpty()) {
            return commandLine(out, err, args[0]).execute(args);
        }
        try {
            return plain.get().run(out, err);
        } catch (InputException e) {
            return wrong(err, e);
        }
    }

    private static int unknown(PrintWriter err, String word) {
        List<String> known = COMMANDS.stream().map(Map.Entry::getKey).toList();
        err.println("error: there is no command `" + word.replaceAll("\\p{Cntrl}", "\uFFFD") + "`");
        err.println("  = help: "
                + DidYouMean.help(word, known)
                        .orElse("write one of " + String.join(", ", known)
                                + "; commands that act on a host: ringwall --help"));
        err.flush();
        return ExitCode.USAGE;
    }

    private static CommandLine commandLine(PrintWriter out, PrintWriter err, String named) {
        CommandLine line = withCommands(new CommandLine(new Ringwallc()), named);
        line.setOut(out);
        line.setErr(err);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler((e, words) -> UsageErrors.print(e));
        line.setExecutionExceptionHandler((e, command, parsed) -> {
            if (e instanceof InputException wrong) {
                return wrong(err, wrong);
            }
            throw e;
        });
        return line;
    }

    private static int wrong(PrintWriter err, InputException e) {
        err.println(e.text());
        err.flush();
        return ExitCode.WRONG_INPUT;
    }

    /**
     * Adds only the named command, because reading its annotations takes a while; adds all commands
     * if the name is unknown.
     */
    private static CommandLine withCommands(CommandLine line, String named) {
        boolean known = COMMANDS.stream().anyMatch(command -> command.getKey().equals(named));
        for (Map.Entry<String, Supplier<Object>> command : COMMANDS) {
            if (!known || command.getKey().equals(named)) {
                line.addSubcommand(command.getKey(), command.getValue().get());
            }
        }
        return line;
    }
}
