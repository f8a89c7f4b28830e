// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.apply;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.journal.Changes;
import org.ringwall.host.sync.DeclaringFile;
import org.ringwall.host.sync.Result;
import org.ringwall.host.sync.Result.State;
import org.ringwall.host.sync.Sync;
import org.ringwall.host.words.Durations;
import org.ringwall.host.words.ExitCode;
import org.ringwall.host.words.PathText;
import org.ringwall.host.words.UsageException;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Failure;
import org.ringwall.sys.Signals;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** The command that brings this host to what files declare. */
public final class SyncCommand implements HostCommand {
    private static final String INTERVAL = "30s";
    private static final long NS_PER_MS = 1_000_000;

    @Override
    public CommandSpec spec() {
        return Options.command("Puts in force what the files of a directory declare.")
                .addPositional(PositionalParamSpec.builder()
                        .index("0..*")
                        .arity("0..*")
                        .paramLabel("NAME[@INSTANCE]")
                        .type(String[].class)
                        .description("Only these policies (default: all that are declared).")
                        .build())
                .addOption(OptionSpec.builder("--dir")
                        .paramLabel("DIR")
                        .type(String.class)
                        .description("The directory of the files (default: " + DeclaringFile.FOLDER + ").")
                        .build())
                .addOption(Options.flag("--check", "Change nothing; exit with 4 if something differs."))
                .addOption(Options.flag("--watch", "Continue, and repeat it when the files or the cgroups change."))
                .addOption(OptionSpec.builder("--interval")
                        .paramLabel("TIME")
                        .type(String.class)
                        .description(
                                "With --watch: repeat it after this time at the latest (default: " + INTERVAL + ").")
                        .build())
                .addOption(OptionSpec.builder("--max-removals")
                        .paramLabel("N")
                        .type(Integer.class)
                        .description("End policies at N cgroups at most, else at none and exit with 5 (default: "
                                + Sync.MOST_REMOVALS + ").")
                        .build())
                .addOption(Options.allowDowngrade())
                .addOption(Options.json());
    }

    @Override
    public int run(ParseResult command, Session session) {
        boolean check = command.matchedOptionValue("--check", false);
        boolean watch = command.matchedOptionValue("--watch", false);
        if (check && watch) {
            throw new UsageException("--check and --watch exclude each other", "write only one of them");
        }
        if (command.hasMatchedOption("--interval") && !watch) {
            throw new UsageException("--interval needs --watch", "write --watch --interval TIME");
        }
        long interval = Durations.parse(command.matchedOptionValue("--interval", INTERVAL)) / NS_PER_MS;
        Path folder = PathText.parse(command.matchedOptionValue("--dir", DeclaringFile.FOLDER), "--dir DIR");
        int removals = command.matchedOptionValue("--max-removals", Sync.MOST_REMOVALS);
        if (removals < 0) {
            throw new UsageException("`--max-removals " + removals + "` is negative", "write 0 or more");
        }
        Set<String> only = Set.of(command.matchedPositionalValue(0, new String[0]));
        Printer printer = new Printer(session, folder, command.matchedOptionValue("--json", false));
        try (LoaderHost host = session.host();
                Sync sync = new Sync(host, folder, () -> session.admission(Options.allowsDowngrade(command)))) {
            sync.limitRemovals(removals);
            if (watch) {
                return watch(sync, only, interval, printer);
            }
            List<Result> results = sync.run(!check, only);
            requireKnown(only, results, folder);
            printer.all(results);
            return code(results);
        }
    }

    private static void requireKnown(Set<String> only, List<Result> results, Path folder) {
        for (String name : only) {
            boolean known = results.stream()
                    .flatMap(result -> result.name().stream())
                    .anyMatch(each ->
                            each.policy().equals(name) || each.toString().equals(name));
            if (!known) {
                throw new UsageException(
                        "no file of `" + folder + "` declares `" + name + "`",
                        "write the name of a policy as ringwall status shows it; ringwall sync --check shows files with errors");
            }
        }
    }

    private static int watch(Sync sync, Set<String> only, long interval, Printer printer) {
        try (Signals ignored = Signals.caught(signal -> {
            if (signal == Signals.TERM || signal == Signals.INT) {
                sync.stop();
            }
        })) {
            sync.watch(only, interval, printer::changes);
        }
        return ExitCode.DONE;
    }

    /** Returns the code of the worst result; of two failures that of the first. */
    private static int code(List<Result> results) {
        Optional<Failure> failure = results.stream()
                .filter(Result::required)
                .flatMap(result -> result.failures().stream())
                .findFirst();
        if (failure.isPresent()) {
            return ExitCode.of(failure.get());
        }
        if (results.stream().anyMatch(result -> result.state() == State.TOO_MANY)) {
            return ExitCode.TOO_MANY;
        }
        return results.stream().anyMatch(result -> result.required() && result.state() == State.DIFFERENT)
                ? ExitCode.NOT_ENFORCED
                : ExitCode.DONE;
    }

    /** A printer of results. While watching it prints only those that are new. */
    private static final class Printer {
        private final PrintStream out;
        private final PrintStream err;
        private final Changes journal;
        private final Path folder;
        private final boolean json;
        private Map<Path, Result> before = new HashMap<>();

        Printer(Session session, Path folder, boolean json) {
            this.folder = folder;
            this.out = session.out();
            this.err = session.err();
            this.journal = session.changes();
            this.json = json;
        }

        void all(List<Result> results) {
            if (json) {
                out.println(Json.of(
                        Map.of("policies", results.stream().map(Printer::fields).toList())));
            } else if (results.isEmpty()) {
                out.println("no policy is declared in `" + Printable.line(folder.toString()) + "`");
            }
            results.forEach(this::text);
            results.forEach(this::record);
        }

        /** Leaves a line in the journal if something was changed. */
        private void record(Result result) {
            if (result.changed()) {
                journal.begin(result.name().orElseThrow())
                        .with("file", result.file())
                        .with("differences", result.differences())
                        .with("cgroups", result.cgroups())
                        .done("in force as declared");
            }
        }

        void changes(List<Result> results) {
            Map<Path, Result> now = new HashMap<>();
            for (Result result : results) {
                now.put(result.file(), result);
                boolean same = result.equals(before.get(result.file())) && !result.changed();
                if (!same) {
                    if (json) {
                        out.println(Json.of(fields(result)));
                    }
                    text(result);
                    record(result);
                }
            }
            before = now;
            out.flush();
        }

        private void text(Result result) {
            result.notes().forEach(note -> err.println("ringwall: note: " + Printable.line(note)));
            if (!json && result.state() != State.FAILED) {
                out.println(named(result) + state(result));
                result.differences().forEach(each -> out.println("  " + Printable.line(each)));
                result.waiting().forEach(each -> out.println("  waiting for the " + Printable.line(each)));
            }
            result.failures().forEach(failure -> {
                err.println("ringwall: " + named(result) + Printable.line(failure.message()));
                err.println("  help: " + Printable.line(failure.help()));
            });
        }

        private static String named(Result result) {
            return result.name().map(name -> name + ": ").orElse("");
        }

        private static String state(Result result) {
            return switch (result.state()) {
                case IN_FORCE -> "in force as declared";
                case CHANGED -> "in force as declared now; before:";
                case DIFFERENT -> result.differences().isEmpty() ? "not as declared" : "not as declared:";
                case TOO_MANY ->
                    "would end at more cgroups than --max-removals permits, so it ends at none; check the file, then "
                            + "write --max-removals N:";
                case WAITING -> "waiting, no cgroup exists";
                case FAILED -> "failed";
            };
        }

        private static Map<String, Object> fields(Result result) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("file", result.file().toString());
            result.name().ifPresent(name -> {
                fields.put("policy", name.policy());
                fields.put("instance", name.instance());
            });
            fields.put("state", result.state().name().toLowerCase(Locale.ROOT).replace('_', '-'));
            fields.put("required", result.required());
            fields.put("cgroups", result.cgroups());
            fields.put("differences", result.differences());
            fields.put("waiting", result.waiting());
            if (result.state() == State.FAILED) {
                result.failures().stream().findFirst().ifPresent(failure -> {
                    fields.put("error", failure.message());
                    fields.put("help", failure.help());
                });
            } else if (!result.failures().isEmpty()) {
                fields.put(
                        "refused",
                        result.failures().stream()
                                .map(failure -> Map.of("error", failure.message(), "help", failure.help()))
                                .toList());
            }
            if (!result.notes().isEmpty()) {
                fields.put("notes", result.notes());
            }
            return fields;
        }
    }
}
