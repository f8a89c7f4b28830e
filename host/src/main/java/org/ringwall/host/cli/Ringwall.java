// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.text.Printable;
import org.ringwall.bpf.text.StandardOutput;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.cli.command.StartedContainers;
import org.ringwall.host.journal.Changes;
import org.ringwall.host.journal.Journal;
import org.ringwall.host.sync.DeclaringFile;
import org.ringwall.host.terminal.SafeOutput;
import org.ringwall.host.words.ExitCode;
import org.ringwall.host.words.UnwrittenException;
import org.ringwall.host.words.UsageException;
import org.ringwall.loader.api.PolicyObject;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Failure;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.trust.TrustFiles;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command line, from words to exit code. Every failure is reported as one sentence and a help
 * line, without a stack trace.
 */
public final class Ringwall {
    private static final String JSON = "--json";

    private final Supplier<LoaderHost> machine;
    private final InputStream in;
    private final SafeOutput out;
    private final SafeOutput err;
    private final Journal journal;
    private final TrustFiles trust;

    /** The directory of the declared policies. */
    private final Path declarations;

    private final StartedContainers started;

    public Ringwall(Supplier<LoaderHost> machine, PrintStream out, PrintStream err) {
        this(machine, System.in, out, err, Optional.empty());
    }

    public Ringwall(Supplier<LoaderHost> machine, InputStream in, PrintStream out, PrintStream err) {
        this(machine, in, out, err, Optional.empty());
    }

    /**
     * Creates a command line that reads entries from {@code in} if a command reads standard input.
     *
     * @param journal the file in which commands leave what they change; empty for none
     */
    public Ringwall(
            Supplier<LoaderHost> machine, InputStream in, PrintStream out, PrintStream err, Optional<Path> journal) {
        this(machine, in, out, err, journal, TrustFiles.ofThisHost());
    }

    /** Creates a command line with other keys than those of this host. */
    public Ringwall(
            Supplier<LoaderHost> machine,
            InputStream in,
            PrintStream out,
            PrintStream err,
            Optional<Path> journal,
            TrustFiles trust) {
        this(machine, in, out, err, journal, trust, Path.of(DeclaringFile.FOLDER));
    }

    /** Creates a command line with other keys, and other declarations, than those of this host. */
    public Ringwall(
            Supplier<LoaderHost> machine,
            InputStream in,
            PrintStream out,
            PrintStream err,
            Optional<Path> journal,
            TrustFiles trust,
            Path declarations) {
        this(
                machine,
                in,
                out,
                err,
                journal.map(Journal::at).orElseGet(Journal::none),
                trust,
                declarations,
                new StartedContainers());
    }

    private Ringwall(
            Supplier<LoaderHost> machine,
            InputStream in,
            PrintStream out,
            PrintStream err,
            Journal journal,
            TrustFiles trust,
            Path declarations,
            StartedContainers started) {
        this.started = started;
        this.declarations = declarations;
        this.trust = trust;
        this.machine = machine;
        this.in = in;
        this.out = SafeOutput.of(out);
        this.err = SafeOutput.of(err);
        this.journal = journal;
    }

    /** Runs one command. */
    public int execute(String... args) {
        Optional<HostCommand> command = args.length == 0 ? Optional.empty() : Commands.named(args[0]);
        List<String> own = own(command, List.of(args));
        Changes changes = new Changes(journal, own, err);
        boolean json = own.contains(JSON);
        try {
            return written(dispatch(command, own, changes, args));
        } catch (UnwrittenException e) {
            // As a program that SIGPIPE ends: `ringwall … | head -1` is no failure to report.
            return out.unescaped().equals(System.out) && StandardOutput.isPipe()
                    ? StandardOutput.NO_READER
                    : failed(String.valueOf(e.getMessage()), e.help(), code(command, ExitCode.REFUSED), json);
        } catch (UsageException e) {
            return failed(e, command, json);
        } catch (ParameterException e) {
            return failed(usage(e), command, json);
        } catch (RuntimeException e) {
            Failure failure = Failure.of(e).orElseThrow(() -> e);
            changes.refused(failure.message());
            return failed(failure.message(), failure.help(), code(command, ExitCode.of(failure)), json);
        }
    }

    /** Returns the exit code of a failure. */
    private static int code(Optional<HostCommand> command, int code) {
        return command.map(known -> known.failure(code)).orElse(code);
    }

    /** Fails if the output could not be written. */
    private int written(int code) {
        if (code != ExitCode.DONE || !out.checkError()) {
            return code;
        }
        throw new UnwrittenException("the command itself succeeded; check where standard output goes");
    }

    private int failed(UsageException e, Optional<HostCommand> command, boolean json) {
        return failed(
                Printable.line(String.valueOf(e.getMessage())),
                Printable.line(e.help()),
                code(command, ExitCode.USAGE),
                json);
    }

    /**
     * Reports a failure on standard error, so that standard output has results alone: as one line
     * of JSON if the command prints JSON.
     */
    private int failed(String message, String help, int code, boolean json) {
        if (json) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("error", message);
            fields.put("help", help);
            fields.put("code", code);
            err.println(Json.of(fields));
        } else {
            err.println("ringwall: " + message);
            err.println("  help: " + help);
        }
        return code;
    }

    private static UsageException usage(ParameterException e) {
        String command = e.getCommandLine().getCommandSpec().qualifiedName();
        if (e instanceof UnmatchedArgumentException unmatched) {
            return unmatched(unmatched, command);
        }
        if (e instanceof MissingParameterException missing
                && missing.getMissing().stream().anyMatch(ArgSpec::isPositional)) {
            String what = missing.getMissing().get(0).paramLabel();
            boolean taken = e.getCommandLine().getParseResult().hasMatchedOption("--cgroup");
            return new UsageException(
                    "no " + what + " is given",
                    taken ? "write it before --cgroup, which takes all words after it" : command + " --help");
        }
        String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        String lower = message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1);
        return new UsageException(lower.replace('\'', '`'), command + " --help");
    }

    private static UsageException unmatched(UnmatchedArgumentException e, String command) {
        String word = e.getUnmatched().get(0);
        if (e.isUnknownOption()) {
            String help = e.getSuggestions().stream()
                    .findFirst()
                    .map(option -> "did you mean `" + option + "`?")
                    .orElse(command + " --help");
            return new UsageException("`" + command + "` has no option `" + word + "`", help);
        }
        Set<String> actions = e.getCommandLine().getSubcommands().keySet();
        if (!actions.isEmpty()) {
            return new UsageException(
                    "`" + command + "` has no command `" + word + "`",
                    NearWord.of(word, actions)
                            .map("did you mean `%s`?"::formatted)
                            .orElseGet(() -> "write one of " + String.join(", ", actions)));
        }
        return new UsageException(
                "`" + word + "` is one word too many for `" + command + "`",
                command.equals("ringwall run")
                        ? "write `--` before the command: ringwall run OBJ.o -- " + word
                        : command + " --help");
    }

    /**
     * Checks that the first word is a command. picocli would interpret an unknown word, or an
     * option before the command, as something else.
     */
    private static void checkCommand(String... args) {
        List<String> commands = Commands.names();
        if (args.length == 0
                || commands.contains(args[0])
                || Set.of("-h", "--help", "-V", "--version").contains(args[0])) {
            return;
        }
        String all = "write one of " + String.join(", ", commands) + "; see ringwall --help";
        if (!args[0].startsWith("-")) {
            boolean object = args[0].endsWith(".o");
            throw new UsageException(
                    "there is no command `" + args[0] + "`",
                    object
                            ? "to enforce it: ringwall apply " + String.join(" ", args)
                            : NearWord.of(args[0], commands)
                                    .map("did you mean `%s`?"::formatted)
                                    .orElse(all));
        }
        throw new UsageException("`" + args[0] + "` is before the command, or is not an option", all);
    }

    /** Returns the words before those of a command that this one starts. */
    private static List<String> own(Optional<HostCommand> command, List<String> words) {
        int split = words.indexOf("--");
        boolean another = split >= 0 && command.map(HostCommand::startsAnother).orElse(false);
        return another ? words.subList(0, split) : words;
    }

    private int dispatch(Optional<HostCommand> command, List<String> own, Changes changes, String... args) {
        if (args.length > 0) {
            PolicyObject.compileCommand(args[0]).ifPresent(help -> {
                throw new UsageException(
                        "`" + args[0] + "` is policy text, but ringwall needs a compiled object", help);
            });
        }
        checkCommand(args);
        CommandLine line = Commands.commandLine(args.length == 0 ? "" : args[0]);
        ParseResult parsed = line.parseArgs(own.toArray(String[]::new));
        if (CommandLine.printHelpIfRequested(
                parsed.asCommandLineList(), out.unescaped(), err.unescaped(), CommandLine.Help.Ansi.AUTO)) {
            return ExitCode.DONE;
        }
        if (command.isEmpty() || !parsed.hasSubcommand()) {
            throw new UsageException("no command was given", "ringwall --help");
        }
        List<String> words = List.of(args);
        List<String> rest = own.size() < words.size() ? words.subList(own.size() + 1, words.size()) : List.of();
        int code = command.get()
                .run(
                        parsed.subcommand(),
                        new Session(
                                machine,
                                journal,
                                own,
                                in,
                                out,
                                err,
                                rest,
                                changes,
                                trust,
                                declarations,
                                started,
                                this::another));
        if (!args[0].equals("sync")) {
            declared(changes);
        }
        return code;
    }

    private int another(InputStream input, PrintStream output, PrintStream errors, String... words) {
        return new Ringwall(machine, input, output, errors, journal, trust, declarations, started).execute(words);
    }

    /** Reports the changed instances that a file declares: {@code sync} undoes the change. */
    private void declared(Changes changes) {
        for (InstanceName name : changes.changed()) {
            try (LoaderHost host = machine.get()) {
                DeclaringFile.of(declarations, host.cgroups().mount(), name)
                        .ifPresent(file -> err.println("ringwall: note: `" + name + "` is declared by `"
                                + Printable.line(file.toString())
                                + "`: change it there, too, since ringwall sync undoes what differs from the file"));
            }
        }
    }
}
