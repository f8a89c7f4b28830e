// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.status;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Places;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.container.ContainerQuery;
import org.ringwall.host.why.Answer;
import org.ringwall.host.why.Caller;
import org.ringwall.host.why.Evaluation;
import org.ringwall.host.why.Probe;
import org.ringwall.host.why.ProcessFiles;
import org.ringwall.host.words.ExitCode;
import org.ringwall.host.words.PathText;
import org.ringwall.host.words.UsageException;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.InputException;
import org.ringwall.sys.Fd;
import org.ringwall.sys.NetlinkSocket;
import org.ringwall.sys.SyscallException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** The command that shows which programs and rules decide a system call on this host. */
public final class WhyCommand implements HostCommand {
    private static final Path PROC = Path.of("/proc");
    private static final String PLACE = "name one place: --pid PID, --cgroup PATH, --unit UNIT or --container NAME";

    private static final List<String> PLACES = List.of("--cgroup", "--unit", "--container");

    @Override
    public CommandSpec spec() {
        return Options.command("Shows which program and which rule decide a system call of a process.")
                .addOption(OptionSpec.builder("--pid")
                        .paramLabel("PID")
                        .type(long.class)
                        .description("The process that calls, and its cgroup.")
                        .build())
                .addOption(OptionSpec.builder("--cgroup")
                        .paramLabel("PATH")
                        .type(String.class)
                        .description("The cgroup by its directory or id, also of a --pid that is elsewhere.")
                        .build())
                .addOption(OptionSpec.builder("--unit")
                        .paramLabel("UNIT")
                        .type(String.class)
                        .description("The cgroup of this systemd unit, which must be active.")
                        .build())
                .addOption(OptionSpec.builder("--container")
                        .paramLabel("NAME")
                        .type(String.class)
                        .description("The cgroup of this running container of podman or docker, by its name or id.")
                        .build())
                .addOption(OptionSpec.builder("--object")
                        .paramLabel("OBJ.o")
                        .type(String.class)
                        .description("The object in force, where no copy of it was kept.")
                        .build())
                .addOption(Options.json())
                .addPositional(PositionalParamSpec.builder()
                        .index("0..*")
                        .arity("1..*")
                        .paramLabel("PROBE")
                        .type(String[].class)
                        .required(true)
                        .description("A system call as in a test of a policy, such as: connect tcp 192.0.2.1:443")
                        .build());
    }

    @Override
    public int run(ParseResult command, Session session) {
        OptionalLong pid = command.hasMatchedOption("--pid")
                ? OptionalLong.of(command.matchedOptionValue("--pid", 0L))
                : OptionalLong.empty();
        Path root =
                pid.isPresent() ? PROC.resolve(Long.toString(pid.getAsLong())).resolve("root") : Path.of("/");
        Optional<Bytes> object = object(command);
        try (LoaderHost host = session.host()) {
            Probe probe = Probe.read(
                    List.of(command.matchedPositionalValue(0, new String[0])), new ProcessFiles(host.host(), root));
            Cgroup cgroup = cgroup(command, host, pid);
            Caller caller = pid.isPresent()
                    ? Caller.of(PROC, pid.getAsLong(), namespace(host, pid.getAsLong()))
                    : Caller.unknown();
            Answer answer = new Evaluation(host, host.tree().of(cgroup), object).evaluate(probe, caller);
            WhyPrinter printer = new WhyPrinter(probe, cgroup, caller, pid.isPresent(), answer);
            session.out().print(command.matchedOptionValue("--json", false) ? printer.json() : printer.text());
            return ExitCode.DONE;
        }
    }

    private static Cgroup cgroup(ParseResult command, LoaderHost host, OptionalLong pid) {
        // The command changes nothing, so that every place may be examined.
        Places places = new Places(host.cgroups(), true);
        List<String> named = PLACES.stream().filter(command::hasMatchedOption).toList();
        if (named.size() > 1 || named.isEmpty() && pid.isEmpty()) {
            throw new UsageException("a system call needs one cgroup", PLACE);
        }
        if (named.isEmpty()) {
            return places.ofProcess(pid.getAsLong());
        }
        String name = command.matchedOptionValue(named.get(0), "");
        List<Cgroup> found = switch (named.get(0)) {
            case "--unit" -> places.ofUnit(name);
            case "--container" -> places.ofContainers(ContainerQuery.ByName.named(name));
            default -> List.of(places.named(name));
        };
        if (found.size() > 1) {
            throw new InputException("`" + name + "` names " + found.size() + " cgroups", PLACE);
        }
        return found.get(0);
    }

    private static OptionalLong namespace(LoaderHost host, long pid) {
        Path namespace = PROC.resolve(Long.toString(pid)).resolve("ns/net");
        try (Fd file = host.host().openFile(namespace);
                NetlinkSocket socket = host.host().inNetwork(file, host.host()::openDiagnostics)) {
            return socket.namespaceCookie();
        } catch (SyscallException e) {
            // The process has ended, or its namespace must not be entered.
            return OptionalLong.empty();
        }
    }

    private static Optional<Bytes> object(ParseResult command) {
        if (!command.hasMatchedOption("--object")) {
            return Optional.empty();
        }
        String name = command.matchedOptionValue("--object", "");
        Path file = PathText.parse(name, "name an object");
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new InputException("`" + name + "` is not a regular file", "name the object that was applied");
        }
        try {
            return Optional.of(Bytes.of(Files.readAllBytes(file)));
        } catch (IOException e) {
            throw new InputException("cannot read `" + name + "`", "name the object that was applied");
        }
    }
}
