// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.ringwall.bpf.json.Json;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.apply.ApplyRequest.Choice;
import org.ringwall.loader.apply.ApplyResult;
import org.ringwall.loader.apply.InstanceName;
import org.ringwall.loader.apply.LoaderHost;
import org.ringwall.loader.apply.Monitoring;
import org.ringwall.loader.apply.ObjectFile;
import org.ringwall.loader.apply.PolicyObject;
import org.ringwall.loader.cgroup.Cgroup;
import org.ringwall.loader.state.Printable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The command that puts a policy in force. */
final class ApplyCommand implements HostCommand {
    @Override
    public CommandSpec spec() {
        CommandSpec spec = Options.command("Puts a policy in force, or replaces it by another version without a gap.");
        spec.addPositional(Options.object()).addOption(Options.params()).addOption(Options.ringSize());
        spec.addOption(OptionSpec.builder("--cgroup")
                .paramLabel("PATH")
                .type(String[].class)
                .arity("1..*")
                .description("Cgroups, each by its directory or id (default: where the policy is in force already).")
                .build());
        spec.addOption(OptionSpec.builder("--pid")
                .paramLabel("PID")
                .type(long[].class)
                .description("The cgroup of this process.")
                .build());
        spec.addOption(OptionSpec.builder("--instance")
                .paramLabel("NAME")
                .type(String.class)
                .defaultValue("main")
                .description("The name of the instance; a policy can be in force several times under different names"
                        + " (default: main).")
                .build());
        spec.addOption(OptionSpec.builder("--forget")
                .paramLabel("NAME")
                .type(String[].class)
                .description("Discard the content of this live set, table, counter or rate instead of keeping it.")
                .build());
        spec.addOption(OptionSpec.builder("--monitor")
                .paramLabel("TIME")
                .type(String.class)
                .description("Start in monitor mode for this time: 90s, 15m, 2h, 1d.")
                .build());
        spec.addOption(Options.reason());
        spec.addOption(
                Options.flag("--enforce", "End monitor mode when this version is in force (default: it continues)."));
        spec.addOption(Options.flag(
                "--reset-params", "Use the default values (default: parameters keep their current values)."));
        spec.addOption(Options.acceptForeign());
        spec.addOption(Options.flag(
                "--allow-reorder",
                "Accept that programs which run after the policy now will run before its new version."));
        return spec.addOption(Options.flag("--dry-run", "Load and check the policy without attaching it."))
                .addOption(Options.json());
    }

    @Override
    public int run(ParseResult command, Session session) {
        PolicyObject policy = Options.sized(ObjectFile.read(command.matchedPositionalValue(0, "")), command);
        Set<Choice> choices = Options.choices(command);
        try (LoaderHost host = session.host()) {
            ApplyResult result = host.applier()
                    .apply(new ApplyRequest(
                            policy,
                            command.matchedOptionValue("--instance", InstanceName.MAIN),
                            cgroups(host, command),
                            Options.params(command),
                            choices,
                            Set.of(command.matchedOptionValue("--forget", new String[0])),
                            monitoring(host, command)));
            report(
                    result,
                    choices.contains(Choice.DRY_RUN),
                    command.matchedOptionValue("--json", false),
                    host,
                    session);
            return ExitCode.DONE;
        }
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

    private static void report(ApplyResult result, boolean dryRun, boolean json, LoaderHost host, Session session) {
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
            session.out().println(Json.of(fields));
            return;
        }
        result.notes().forEach(note -> session.err().println("ringwall: note: " + Printable.line(note)));
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
        session.out().println(result.name() + ": " + what);
        cgroups.forEach(
                cgroup -> session.out().println("  " + Printable.path(cgroup) + ": " + String.join(" ", hooks)));
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
}
