// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.apply;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.ObjectList;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Places;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.cli.command.TrustedFile;
import org.ringwall.host.journal.Changes;
import org.ringwall.host.unit.UnitFiles;
import org.ringwall.host.words.Durations;
import org.ringwall.host.words.ExitCode;
import org.ringwall.host.words.PathText;
import org.ringwall.host.words.UnitName;
import org.ringwall.host.words.UsageException;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.apply.Batch;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.RecordedAdmission;
import org.ringwall.loader.model.ApplyChoice;
import org.ringwall.loader.model.ApplyResult;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.EndedSockets;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.Monitoring;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** The command that puts a policy in force. */
public final class ApplyCommand implements HostCommand {
    @Override
    public CommandSpec spec() {
        CommandSpec spec = Options.command("Puts policies in force, or replaces them by other versions without a gap.");
        spec.usageMessage().customSynopsis("ringwall apply [OPTION]... OBJ.o|DIR|FILE.wallpack... [--cgroup PATH...]");
        spec.addPositional(PositionalParamSpec.builder()
                .index("0..*")
                .arity("1..*")
                .paramLabel("OBJ.o|DIR|FILE.wallpack")
                .type(String[].class)
                .required(true)
                .description("Objects that ringwallc compile wrote, plain objects of clang, directories of objects,"
                        + " or bundles.")
                .build());
        spec.addOption(Options.params()).addOption(Options.ringSize());
        Places.options().forEach(spec::addOption);
        spec.addOption(OptionSpec.builder("--instance")
                .paramLabel("NAME")
                .type(String.class)
                .defaultValue("main")
                .description("The name of the instance; a policy can be in force several times under different names"
                        + " (default: main).")
                .build());
        spec.addOption(OptionSpec.builder("--for-unit")
                .paramLabel("UNIT")
                .type(String.class)
                .description("Cover the cgroup that this systemd unit has now and no other, in an instance of its own;"
                        + " for a template, as web@.service, the slice of its instances. ringwall unit-dropin lets"
                        + " the unit do that when it starts.")
                .build());
        spec.addOption(OptionSpec.builder("--forget")
                .paramLabel("NAME")
                .type(String[].class)
                .description("Discard the content of this live set, table, counter or rate instead of keeping it.")
                .build());
        addTransition(spec);
        spec.addOption(Options.reason());
        spec.addOption(
                Options.flag("--enforce", "End monitor mode when this version is in force (default: it continues)."));
        spec.addOption(
                Options.flag("--reset-params", "Use the default values (default: params keep their current values)."));
        spec.addOption(Options.acceptForeign()).addOption(Options.allowDowngrade());
        spec.addOption(Options.flag(
                "--allow-reorder",
                "Accept that programs which run after the policy now will run before its new version."));
        spec.addOption(Options.flag(
                "--only", "Cover only the cgroups that are named: the policy ends at all others, at one instant."));
        return spec.addOption(Options.flag("--dry-run", "Load and check the policy without attaching it."))
                .addOption(Options.json());
    }

    /** Adds the options for the change from the version before to the new one. */
    private static void addTransition(CommandSpec spec) {
        spec.addOption(OptionSpec.builder("--monitor")
                .paramLabel("TIME")
                .type(String.class)
                .description("Start in monitor mode for this time: 90s, 15m, 2h, 1d.")
                .build());
        spec.addOption(OptionSpec.builder("--dwell")
                .paramLabel("TIME")
                .type(String.class)
                .description("Let the old version and the new one both decide for this time, at most 1h.")
                .build());
        spec.addOption(KillSockets.option());
        spec.addOption(OptionSpec.builder("--confirm")
                .paramLabel("TIME")
                .type(String.class)
                .description("Roll back to the version before after this time, at most 1d, unless ringwall confirm"
                        + " keeps this one; the kernel does it.")
                .build());
    }

    @Override
    public int run(ParseResult command, Session session) {
        RecordedAdmission admission = session.admission(Options.allowsDowngrade(command));
        ObjectList objects = ObjectList.read(words(command), admission);
        Set<ApplyChoice> choices = Options.choices(command);
        Optional<UnitName> unit = unit(command);
        if (unit.isPresent()) {
            objects.files().forEach(word -> TrustedFile.at(PathText.parse(word, "name an object")));
            choices.add(ApplyChoice.ONLY);
        }
        if (objects.several() && command.hasMatchedOption("--forget")) {
            throw new UsageException("--forget needs a single object", "apply that object by a command of its own");
        }
        if (objects.several() && command.hasMatchedOption("--ring-size")) {
            throw new UsageException("--ring-size needs a single object", "apply that object by a command of its own");
        }
        if (objects.several() && command.hasMatchedOption("--confirm")) {
            throw new UsageException("--confirm needs a single object", "apply that object by a command of its own");
        }
        boolean json = command.matchedOptionValue("--json", false);
        boolean dryRun = choices.contains(ApplyChoice.DRY_RUN);
        try (LoaderHost host = session.host()) {
            KillSockets sockets = KillSockets.of(command, host);
            List<Cgroup> cgroups =
                    unit.map(own -> Places.ofUnit(host, covered(own))).orElseGet(() -> Places.of(host, command));
            Optional<Monitoring> monitoring = monitoring(host, command);
            List<Batch.Item> items = objects.on(host).entrySet().stream()
                    .map(object -> new Batch.Item(
                            object.getKey(),
                            new ApplyRequest(
                                            Options.sized(object.getValue(), command),
                                            unit.map(UnitName::instance)
                                                    .orElse(command.matchedOptionValue(
                                                            "--instance", InstanceName.MAIN)),
                                            cgroups,
                                            objects.params(object.getValue(), Options.params(command)),
                                            choices,
                                            Set.of(command.matchedOptionValue("--forget", new String[0])),
                                            monitoring)
                                    .admittedBy(admission)
                                    .overlapping(overlap(command))
                                    .confirming(confirm(command))))
                    .toList();
            ApplyPrinter printer = new ApplyPrinter(host, session, dryRun, json);
            Recorder recorder = new Recorder(session.changes(), items, command, dryRun);
            if (objects.several()) {
                applyAll(new Batch(host.applier(), items), sockets, dryRun, printer, recorder);
            } else {
                recorder.begin(items.get(0));
                ApplyResult result = host.apply(items.get(0).request());
                recorder.done(result);
                printer.single(result, dryRun ? EndedSockets.NOTHING : sockets.after(result));
            }
            sockets.finish();
            return ExitCode.DONE;
        }
    }

    /** Returns the unit whose own instance is applied. */
    private static Optional<UnitName> unit(ParseResult command) {
        if (!command.hasMatchedOption("--for-unit")) {
            return Optional.empty();
        }
        for (String option : List.of("--cgroup", "--pid", "--unit", "--container", "--label", "--instance")) {
            if (command.hasMatchedOption(option)) {
                throw new UsageException(
                        "--for-unit and " + option + " exclude each other",
                        "write --unit UNIT to name the cgroup alone");
            }
        }
        return Optional.of(UnitName.of(command.matchedOptionValue("--for-unit", "")));
    }

    /** Returns the unit whose cgroup is covered: for a template the slice of its instances. */
    private static String covered(UnitName unit) {
        return unit.isTemplate()
                ? unit.slice(UnitFiles.ofThisHost().own(unit.text(), "Service", "Slice"))
                : unit.text();
    }

    private static Optional<Duration> confirm(ParseResult command) {
        return command.hasMatchedOption("--confirm")
                ? Optional.of(Duration.ofNanos(Durations.parse(command.matchedOptionValue("--confirm", ""))))
                : Optional.empty();
    }

    private static Duration overlap(ParseResult command) {
        return command.hasMatchedOption("--dwell")
                ? Duration.ofNanos(Durations.parse(command.matchedOptionValue("--dwell", "")))
                : Duration.ZERO;
    }

    /** A recorder of each policy that is put in force, and of the one that is refused. */
    private record Recorder(Changes changes, List<Batch.Item> items, ParseResult command, boolean dryRun) {
        /** Begins to record the change of all policies. */
        void begin() {
            if (!dryRun) {
                changes.begin();
            }
        }

        void begin(Batch.Item item) {
            if (dryRun) {
                return;
            }
            changes.begin(item.request().name());
            item.request().policy().digest().ifPresent(digest -> changes.with("object", digest));
            item.request()
                    .policy()
                    .bundle()
                    .ifPresent(bundle ->
                            changes.with("bundle", List.of(bundle.name(), bundle.version(), bundle.digest())));
            List<String> params = List.of(command.matchedOptionValue("--param", new String[0]));
            if (!params.isEmpty()) {
                changes.with("params", params);
            }
        }

        void done(ApplyResult result) {
            if (!dryRun) {
                result.downgrade().ifPresent(versions -> changes.with("downgrade", versions));
                result.confirm().ifPresent(time -> changes.with("confirm", time.toSeconds()));
                changes.generations(result.before(), result.generation())
                        .with(
                                "cgroups",
                                result.cgroups().stream().map(Cgroup::toString).toList())
                        .done("in force" + (result.monitoring().isEmpty() ? "" : ", monitored")
                                + (result.confirm().isEmpty() ? "" : ", unconfirmed"));
            }
        }

        /** Records one policy of several. */
        void one(ApplyResult result) {
            items.stream()
                    .filter(item -> item.request().name().equals(result.name()))
                    .forEach(this::begin);
            done(result);
            begin();
        }
    }

    private static void applyAll(
            Batch batch, KillSockets sockets, boolean dryRun, ApplyPrinter printer, Recorder recorder) {
        try {
            if (dryRun) {
                batch.check().forEach(result -> printer.add(result, EndedSockets.NOTHING));
            } else {
                recorder.begin();
                batch.apply(result -> {
                    printer.add(result, sockets.after(result));
                    recorder.one(result);
                });
            }
        } finally {
            // After a failure, too: what was added is in force.
            printer.end();
        }
    }

    private static List<String> words(ParseResult command) {
        return List.of(command.matchedPositionalValue(0, new String[0]));
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
}
