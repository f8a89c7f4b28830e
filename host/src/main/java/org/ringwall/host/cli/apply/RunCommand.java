// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.apply;

import java.util.List;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.delegation.Delegation;
import org.ringwall.host.run.RunInCgroup;
import org.ringwall.host.terminal.StandardFiles;
import org.ringwall.host.terminal.Terminals;
import org.ringwall.host.words.ExitCode;
import org.ringwall.host.words.UsageException;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.RecordedAdmission;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.object.ObjectChoice;
import org.ringwall.loader.object.PolicyFile;
import org.ringwall.loader.object.PolicyObject;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The command that runs another one under a policy. */
public final class RunCommand implements HostCommand {
    @Override
    public CommandSpec spec() {
        CommandSpec spec =
                Options.command("Runs a command under a policy in a new cgroup, and removes both when it ends.");
        spec.usageMessage().customSynopsis("ringwall run [OPTION]... OBJ.o|FILE.wallpack -- COMMAND [ARGUMENT]...");
        spec.addOption(
                Options.flag("--inherit-sockets", "Allow sockets as standard input, output or error of the command."));
        spec.addOption(
                Options.flag("--strict", "Confine a command that could leave its cgroup, or refuse to start it."));
        spec.addOption(Options.flag(
                "--no-pty", "Make no pseudo-terminal; refuse the calls by which a command types into a terminal."));
        return spec.addPositional(Options.object())
                .addOption(Options.params())
                .addOption(Options.ringSize())
                .addOption(Options.acceptForeign())
                .addOption(Options.allowDowngrade());
    }

    @Override
    public int run(ParseResult command, Session session) {
        if (session.words().isEmpty()) {
            throw new UsageException("no command to run was given", "write ringwall run OBJ.o -- COMMAND");
        }
        if (!command.matchedOptionValue("--inherit-sockets", false)) {
            StandardFiles.refuseSockets();
        }
        Terminals terminals = Terminals.ofThisProcess(!command.matchedOptionValue("--no-pty", false));
        boolean strict = command.matchedOptionValue("--strict", false);
        RecordedAdmission admission = session.admission(Options.allowsDowngrade(command));
        List<ObjectChoice> choices = PolicyFile.read(command.matchedPositionalValue(0, ""), admission);
        if (choices.size() > 1) {
            throw new InputException(
                    "the bundle has several policies, and run needs one",
                    "make a bundle of one policy, or unpack the object with tar -xf");
        }
        Delegation.require();
        try (LoaderHost host = session.host()) {
            PolicyObject policy = Options.sized(host.choose(choices).get(0), command);
            return new RunInCgroup(host, session.err(), session.changes(), strict, terminals, admission)
                    .run(policy, Options.params(command), Options.choices(command), session.words());
        }
    }

    @Override
    public boolean startsAnother() {
        return true;
    }

    @Override
    public int failure(int code) {
        return ExitCode.RUN_FAILED;
    }
}
