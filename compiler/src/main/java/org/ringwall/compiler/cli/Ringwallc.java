package org.ringwall.compiler.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.ringwall.compiler.driver.Compiler;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code ringwallc}: policies to objects, and everything that can be said of a policy without a kernel. */
@Command(
        name = "ringwallc",
        description = "compiles policies for Linux control groups",
        version = Compiler.TOOL,
        mixinStandardHelpOptions = true,
        subcommands = {
            CompileCommand.class,
            CheckCommand.class,
            TestCommand.class,
            WhyCommand.class,
            ReachCommand.class,
            ExplainCommand.class,
            DumpCommand.class,
            HooksCommand.class,
            FieldsCommand.class
        })
public final class Ringwallc {
    private static final Set<String> HOST_COMMANDS = Set.of("run", "apply", "status", "remove", "recover");

    private Ringwallc() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, false, StandardCharsets.UTF_8);
        int code = run(out, err, args);
        out.flush();
        err.flush();
        System.exit(code);
    }

    /** Runs one command and gives its exit code. */
    public static int run(PrintWriter out, PrintWriter err, String... args) {
        CommandLine line = new CommandLine(new Ringwallc());
        line.setOut(out);
        line.setErr(err);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler((e, command, parsed) -> {
            if (e instanceof InputException wrong) {
                err.println(wrong.text());
                err.flush();
                return ExitCode.WRONG_INPUT;
            }
            throw e;
        });
        if (args.length > 0 && HOST_COMMANDS.contains(args[0])) {
            err.println("error: `" + args[0] + "` is a command of the host side");
            err.println("  = help: ringwall " + String.join(" ", args));
            err.flush();
            return ExitCode.USAGE;
        }
        if (args.length == 0) {
            line.usage(err);
            return ExitCode.USAGE;
        }
        return line.execute(args);
    }
}
