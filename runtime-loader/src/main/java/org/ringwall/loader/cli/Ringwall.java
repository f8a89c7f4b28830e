// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cli;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import org.ringwall.bpf.json.Json;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.apply.ApplyRequest.Choice;
import org.ringwall.loader.apply.ApplyResult;
import org.ringwall.loader.apply.Failure;
import org.ringwall.loader.apply.HostException;
import org.ringwall.loader.apply.InputException;
import org.ringwall.loader.apply.InstanceName;
import org.ringwall.loader.apply.InstanceStatus;
import org.ringwall.loader.apply.LoaderHost;
import org.ringwall.loader.apply.Monitoring;
import org.ringwall.loader.apply.ObjectFile;
import org.ringwall.loader.apply.PolicyObject;
import org.ringwall.loader.cgroup.Cgroup;
import org.ringwall.loader.state.Printable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command line, from words to exit code. Every failure is reported as one sentence and a help
 * line, without a stack trace.
 */
public final class Ringwall {
    private final Supplier<LoaderHost> machine;
    private final InputStream in;
    private final PrintStream out;
    private final PrintStream err;

    public Ringwall(Supplier<LoaderHost> machine, PrintStream out, PrintStream err) {
        this(machine, System.in, out, err);
    }

    /**
     * Creates a command line that reads entries from {@code in} if a command reads standard input.
     */
    public Ringwall(Supplier<LoaderHost> machine, InputStream in, PrintStream out, PrintStream err) {
        this.machine = machine;
        this.in = in;
        this.out = out;
        this.err = err;
    }

    /** Runs one command. */
    public int execute(String... args) {
        boolean run = args.length > 0 && args[0].equals("run");
        try {
            return written(dispatch(args));
        } catch (UsageException e) {
            return failed(e, run);
        } catch (ParameterException e) {
            return failed(usage(e), run);
        } catch (RuntimeException e) {
            Failure failure = Failure.of(e).orElseThrow(() -> e);
            return failed(failure.message(), failure.help(), run ? ExitCode.RUN_FAILED : code(failure.kind()));
        }
    }

    private static int code(Failure.Kind kind) {
        return switch (kind) {
            case INPUT -> ExitCode.INPUT;
            case REFUSED, BUG -> ExitCode.REFUSED;
        };
    }

    /** Fails if the output could not be written. */
    private int written(int code) {
        if (code != ExitCode.DONE || !out.checkError()) {
            return code;
        }
        throw new HostException(
                "the output could not be written", "the command itself succeeded; check where standard output goes");
    }

    private int failed(UsageException e, boolean run) {
        return failed(
                Printable.line(String.valueOf(e.getMessage())),
                Printable.line(e.help()),
                run ? ExitCode.RUN_FAILED : ExitCode.USAGE);
    }

    private int failed(String message, String help, int code) {
        err.println("ringwall: " + message);
        err.println("  help: " + help);
        return code;
    }

    private static UsageException usage(ParameterException e) {
        String command = e.getCommandLine().getCommandSpec().qualifiedName();
        if (e instanceof UnmatchedArgumentException unmatched) {
            return unmatched(unmatched, command);
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
                    "`" + command + "` has no command `" + word + "`", "write one of " + String.join(", ", actions));
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
        List<String> commands = Grammar.commands();
        if (args.length == 0
                || commands.contains(args[0])
                || Set.of("-h", "--help").contains(args[0])) {
            return;
        }
        String all = "write one of " + String.join(", ", commands) + "; see ringwall --help";
        if (!args[0].startsWith("-")) {
            boolean object = args[0].endsWith(".o");
            throw new UsageException(
                    "there is no command `" + args[0] + "`",
                    object ? "to enforce it: ringwall apply " + String.join(" ", args) : all);
        }
        throw new UsageException("`" + args[0] + "` is before the command, or is not an option", all);
    }

    private int dispatch(String... args) {
        if (args.length > 0 && ObjectFile.isPolicyText(args[0])) {
            throw new UsageException(
                    "`" + args[0] + "` is policy text, but ringwall needs a compiled object",
                    ObjectFile.compile(args[0]));
        }
        checkCommand(args);
        List<String> words = List.of(args);
        int split = words.indexOf("--");
        boolean run = !words.isEmpty() && words.get(0).equals("run");
        List<String> own = run && split >= 0 ? words.subList(0, split) : words;
        CommandLine line = Grammar.commandLine(args.length == 0 ? "" : args[0]);
        ParseResult parsed = line.parseArgs(own.toArray(String[]::new));
        if (CommandLine.printHelpIfRequested(parsed.asCommandLineList(), out, err, CommandLine.Help.Ansi.AUTO)) {
            return ExitCode.DONE;
        }
        if (!parsed.hasSubcommand()) {
            throw new UsageException("no command was given", "ringwall --help");
        }
        ParseResult command = parsed.subcommand();
        return switch (command.commandSpec().name()) {
            case "run" -> run(command, split < 0 ? List.of() : words.subList(split + 1, words.size()));
            case "apply" -> apply(command);
            case "status" -> status(command);
            case "remove" -> remove(command);
            case "live" -> new StateCommands(machine, in, out).live(action(command));
            case "table" -> new StateCommands(machine, in, out).table(action(command));
            case "monitor" -> new StateCommands(machine, in, out).monitor(command);
            case "enforce" -> new StateCommands(machine, in, out).enforce(command);
            case "counters" -> new CountCommands(machine, out).counters(command);
            case "rates" -> new CountCommands(machine, out).rates(command);
            case "events" -> new EventsCommand(machine, out).run(command);
            default -> recover(command);
        };
    }

    /** Returns the action on a live set or a table. */
    private static ParseResult action(ParseResult command) {
        String name = command.commandSpec().name();
        if (!command.hasSubcommand()) {
            throw new UsageException("`" + name + "` needs a subcommand", "see: ringwall " + name + " --help");
        }
        return command.subcommand();
    }

    private int run(ParseResult command, List<String> words) {
        if (words.isEmpty()) {
            throw new UsageException("no command to run was given", "write ringwall run OBJ.o -- COMMAND");
        }
        if (!command.matchedOptionValue("--inherit-sockets", false)) {
            StandardFiles.refuseSockets();
        }
        PolicyObject policy = ObjectFile.read(command.matchedPositionalValue(0, ""));
        try (LoaderHost host = machine.get()) {
            return new RunInCgroup(host, err).run(policy, params(command), choices(command), words);
        }
    }

    private int apply(ParseResult command) {
        PolicyObject policy = ObjectFile.read(command.matchedPositionalValue(0, ""));
        Set<Choice> choices = choices(command);
        try (LoaderHost host = machine.get()) {
            ApplyResult result = host.applier()
                    .apply(new ApplyRequest(
                            policy,
                            command.matchedOptionValue("--instance", InstanceName.MAIN),
                            cgroups(host, command),
                            params(command),
                            choices,
                            Set.of(command.matchedOptionValue("--forget", new String[0])),
                            monitoring(host, command)));
            report(result, choices.contains(Choice.DRY_RUN), command.matchedOptionValue("--json", false), host);
            return ExitCode.DONE;
        }
    }

    private static Set<Choice> choices(ParseResult command) {
        Set<Choice> choices = EnumSet.noneOf(Choice.class);
        for (Choice choice : Choice.values()) {
            String option = "--" + choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
            if (command.matchedOptionValue(option, false)) {
                choices.add(choice);
            }
        }
        return choices;
    }

    private static Optional<Monitoring> monitoring(LoaderHost host, ParseResult command) {
        String reason = command.matchedOptionValue("--reason", "");
        if (!command.hasMatchedOption("--monitor")) {
            if (!reason.isEmpty()) {
                throw new UsageException("--reason needs --monitor", "write --monitor TIME --reason TEXT");
            }
            return Optional.empty();
        }
        if (command.matchedOptionValue("--enforce", false)) {
            throw new UsageException(
                    "--monitor and --enforce exclude each other", "write --monitor TIME, or --enforce");
        }
        long length = Durations.parse(command.matchedOptionValue("--monitor", ""));
        return Optional.of(new Monitoring(host.bootTime() + length, reason));
    }

    private void report(ApplyResult result, boolean dryRun, boolean json, LoaderHost host) {
        OptionalLong now = result.monitoring().isEmpty()
                ? OptionalLong.empty()
                : host.clock().now();
        Optional<Monitoring> monitoring =
                result.monitoring().filter(mode -> now.isEmpty() || mode.until() > now.getAsLong());
        List<String> cgroups = result.cgroups().stream().map(Cgroup::toString).toList();
        List<String> hooks = result.hooks().stream().map(hook -> hook.word()).toList();
        if (json) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("policy", result.name().policy());
            fields.put("instance", result.name().instance());
            fields.put("generation", Integer.toUnsignedLong(result.generation()));
            fields.put("cgroups", cgroups);
            fields.put("hooks", hooks);
            monitoring.ifPresent(mode -> fields.put(
                    "monitored",
                    StatusPrinter.mode(
                            now.isEmpty() ? now : OptionalLong.of((mode.until() - now.getAsLong()) / Durations.SECOND),
                            mode.reason())));
            fields.put("notes", result.notes());
            out.println(Json.of(fields));
            return;
        }
        result.notes().forEach(note -> err.println("ringwall: note: " + Printable.line(note)));
        String generation = "generation " + Integer.toUnsignedString(result.generation());
        String what = dryRun
                ? "can be applied here"
                : monitoring
                        .map(mode -> "monitored until "
                                + (now.isEmpty()
                                        ? "an unknown time (it cannot be determined here)"
                                        : Durations.wallClock(mode.until() - now.getAsLong()))
                                + ", " + generation
                                + ": nothing is denied; ringwall enforce " + result.name() + " ends it earlier")
                        .orElse("in force, " + generation);
        out.println(result.name() + ": " + what);
        cgroups.forEach(cgroup -> out.println("  " + Printable.path(cgroup) + ": " + String.join(" ", hooks)));
    }

    private static List<Cgroup> cgroups(LoaderHost host, ParseResult command) {
        List<Cgroup> found = new ArrayList<>();
        for (String path : command.matchedOptionValue("--cgroup", new String[0])) {
            found.add(NamedCgroup.of(host.cgroups(), path));
        }
        for (long pid : command.matchedOptionValue("--pid", new long[0])) {
            found.add(host.cgroups().ofPid(pid));
        }
        return found;
    }

    /** Parses a path. */
    static Path path(String text, String help) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new InputException("`" + text.replaceAll("\\p{Cntrl}", "?") + "` is not a path", help);
        }
    }

    private static Map<String, String> params(ParseResult command) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String text : command.matchedOptionValue("--param", new String[0])) {
            int equals = text.indexOf('=');
            if (equals <= 0) {
                throw new UsageException("`" + text + "` is not NAME=VALUE", "write --param NAME=VALUE");
            }
            if (values.put(text.substring(0, equals), text.substring(equals + 1)) != null) {
                throw new UsageException(
                        "parameter `" + text.substring(0, equals) + "` is given twice",
                        "write --param NAME=VALUE once");
            }
        }
        return values;
    }

    private int status(ParseResult command) {
        try (LoaderHost host = machine.get()) {
            List<InstanceStatus> instances = host.status().all();
            StatusPrinter printer = new StatusPrinter(instances);
            out.print(command.matchedOptionValue("--json", false) ? printer.json() : printer.text());
            if (instances.stream().anyMatch(each -> each.state() == InstanceStatus.State.UNREADABLE)) {
                return ExitCode.REFUSED;
            }
            boolean check = command.matchedOptionValue("--check", false);
            return check && !instances.stream().allMatch(InstanceStatus::enforced)
                    ? ExitCode.NOT_ENFORCED
                    : ExitCode.DONE;
        }
    }

    private int remove(ParseResult command) {
        InstanceName name = InstanceName.parse(command.matchedPositionalValue(0, ""));
        try (LoaderHost host = machine.get()) {
            host.remover().remove(name);
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("policy", name.policy());
            fields.put("instance", name.instance());
            fields.put("removed", true);
            out.println(command.matchedOptionValue("--json", false) ? Json.of(fields) : name + ": removed");
            return ExitCode.DONE;
        }
    }

    private int recover(ParseResult command) {
        try (LoaderHost host = machine.get()) {
            host.remover().sweepRuns(cgroup -> RunInCgroup.removeIfIdle(host, cgroup));
            List<String> done = new ArrayList<>(host.remover().recover());
            done.addAll(new RunCgroups(host).removeAbandoned());
            if (command.matchedOptionValue("--json", false)) {
                out.println(Json.of(Map.of("done", done)));
            } else {
                done.forEach(line -> out.println(Printable.line(line)));
            }
            return ExitCode.DONE;
        }
    }

    @Override
    public String toString() {
        return "ringwall " + Arrays.asList("run", "apply", "status", "remove", "recover");
    }
}
