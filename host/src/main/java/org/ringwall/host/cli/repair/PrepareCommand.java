// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.repair;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Places;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.delegation.Preparation;
import org.ringwall.host.words.ExitCode;
import org.ringwall.host.words.UsageException;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;
import org.ringwall.sys.Syscalls;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The command by which root lets a user run commands under policies. */
public final class PrepareCommand implements HostCommand {
    private static final String ACCEPT = "--accept-host-wide";

    @Override
    public CommandSpec spec() {
        return Options.command("Lets a user put policies in force by ringwall run, until the next boot.")
                .addOption(OptionSpec.builder("--user")
                        .paramLabel("NAME")
                        .type(String.class)
                        .required(true)
                        .description("The user, by name or uid.")
                        .build())
                .addOption(OptionSpec.builder("--cgroup")
                        .paramLabel("PATH")
                        .type(String.class)
                        .description("Give the user this cgroup, by its directory or id; not needed where systemd"
                                + " delegates one.")
                        .build())
                .addOption(Options.flag(
                        ACCEPT, "Accept that the user can then attach programs to every cgroup of this host."))
                .addOption(Options.flag("--remove", "Take the delegation back."))
                .addOption(Options.json());
    }

    @Override
    public int run(ParseResult command, Session session) {
        Preparation.User user = user(command.matchedOptionValue("--user", ""));
        boolean remove = command.matchedOptionValue("--remove", false);
        if (!remove && !command.matchedOptionValue(ACCEPT, false)) {
            throw new UsageException(
                    "uid " + user.uid() + " could then deny or redirect the connections of every process of this"
                            + " host, because no BPF token is limited to some cgroups",
                    "if this user may do that, add " + ACCEPT);
        }
        try (LoaderHost host = session.host()) {
            Preparation preparation = new Preparation(Syscalls.ofThisMachine(), host.host(), user);
            session.changes().begin();
            Optional<Cgroup> cgroup = command.hasMatchedOption("--cgroup")
                    ? Optional.of(new Places(host.cgroups(), false).named(command.matchedOptionValue("--cgroup", "")))
                    : Optional.empty();
            List<String> done = remove ? preparation.remove() : preparation.prepare(cgroup);
            if (!done.isEmpty()) {
                session.changes().with("done", done).done(remove ? "taken back" : "prepared");
            }
            if (command.matchedOptionValue("--json", false)) {
                session.out().println(Json.of(Map.of("done", done)));
            } else {
                done.forEach(line -> session.out().println(Printable.line(line)));
            }
            return ExitCode.DONE;
        }
    }

    private static Preparation.User user(String name) {
        if (name.matches("[0-9]{1,9}") && id("-u", name).isEmpty()) {
            long uid = Long.parseLong(name);
            return checked(new Preparation.User(uid, uid));
        }
        Optional<Long> uid = id("-u", name);
        Optional<Long> gid = id("-g", name);
        if (uid.isEmpty() || gid.isEmpty()) {
            throw new InputException("there is no user `" + name + "`", "write a name that id(1) knows, or a uid");
        }
        return checked(new Preparation.User(uid.get(), gid.get()));
    }

    private static Preparation.User checked(Preparation.User user) {
        if (user.uid() == 0) {
            throw new InputException("root needs no delegation", "name another user");
        }
        return user;
    }

    private static Optional<Long> id(String option, String name) {
        try {
            Process process = new ProcessBuilder("id", option, "--", name)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
            return said.matches("[0-9]{1,9}") ? Optional.of(Long.parseLong(said)) : Optional.empty();
        } catch (IOException e) {
            throw new HostException("cannot start `id`: " + e.getMessage(), "install coreutils");
        }
    }
}
