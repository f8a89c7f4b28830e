// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.runtime;

import java.nio.file.Path;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.nri.Plugin;
import org.ringwall.host.words.ExitCode;
import org.ringwall.host.words.PathText;
import org.ringwall.sys.Signals;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The command that serves containerd or CRI-O as an NRI plugin until it is ended. */
public final class NriCommand implements HostCommand {
    /** Where runtimes accept plugins unless they are configured otherwise. */
    static final String SOCKET = "/var/run/nri/nri.sock";

    @Override
    public CommandSpec spec() {
        return Options.command(
                        "Puts policies in force on containers that start, as an NRI plugin of containerd or CRI-O.")
                .addOption(OptionSpec.builder("--socket")
                        .paramLabel("PATH")
                        .type(String.class)
                        .description("The socket on which the runtime accepts plugins (default: " + SOCKET + ").")
                        .build());
    }

    @Override
    public int run(ParseResult command, Session session) {
        Path socket = PathText.parse(command.matchedOptionValue("--socket", SOCKET), "--socket PATH");
        try (Plugin plugin = new Plugin(socket, new NriHandler(session, socket));
                Signals ignored = Signals.caught(signal -> {
                    if (signal == Signals.TERM || signal == Signals.INT) {
                        plugin.close();
                    }
                })) {
            plugin.run();
        }
        return ExitCode.DONE;
    }
}
