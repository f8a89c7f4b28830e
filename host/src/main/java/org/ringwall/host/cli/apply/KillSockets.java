// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.apply;

import java.util.Map;
import java.util.Optional;
import java.util.Stack;
import org.ringwall.host.words.UsageException;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.ApplyResult;
import org.ringwall.loader.model.CgroupException;
import org.ringwall.loader.model.EndedSockets;
import org.ringwall.loader.model.HostException;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The option of {@code apply} that ends sockets which existed before the new version. */
final class KillSockets {
    private static final String NAME = "--kill-sockets";
    private static final String CONNECTED = "connected";
    private static final String ALL = "all";

    private final LoaderHost host;
    /** Whether listening sockets are ended too; empty if none is ended. */
    private final Optional<Boolean> listening;

    private Optional<HostException> failure = Optional.empty();

    private KillSockets(LoaderHost host, Optional<Boolean> listening) {
        this.host = host;
        this.listening = listening;
    }

    static OptionSpec option() {
        return OptionSpec.builder(NAME)
                .paramLabel(ALL)
                .type(String.class)
                .arity("0..1")
                .preprocessor(new Attached())
                .description("Then end the connected TCP and UDP sockets in these cgroups, which an earlier version may"
                        + " have allowed; " + NAME + "=all also those that listen.")
                .build();
    }

    /** Takes a value only after `=`: the next word is an object. */
    private static final class Attached implements IParameterPreprocessor {
        @Override
        public boolean preprocess(Stack<String> args, CommandSpec command, ArgSpec arg, Map<String, Object> info) {
            if (!"=".equals(info.get("separator"))) {
                args.push(CONNECTED);
            }
            return false;
        }
    }

    /**
     * Reads the option, and checks that this kernel can end sockets, before anything is applied.
     *
     * @throws UsageException if it has another value, or is given with monitor mode
     * @throws HostException if the kernel cannot do it
     */
    static KillSockets of(ParseResult command, LoaderHost host) {
        if (!command.hasMatchedOption(NAME)) {
            return new KillSockets(host, Optional.empty());
        }
        String which = command.matchedOptionValue(NAME, CONNECTED);
        if (!which.equals(CONNECTED) && !which.equals(ALL)) {
            throw new UsageException(
                    "`" + which + "` does not say which sockets to end", "write " + NAME + ", or " + NAME + "=all");
        }
        if (command.hasMatchedOption("--monitor")) {
            throw new UsageException(
                    "--monitor denies nothing, so that sockets that " + NAME + " ends would be connected again",
                    "write only one of them");
        }
        host.requireEndingSockets();
        return new KillSockets(host, Optional.of(which.equals(ALL)));
    }

    /**
     * Ends the sockets in the cgroups of a policy that is in force. A failure is kept for
     * {@link #finish}.
     *
     * @return how many were ended in each cgroup; none without the option, or after a failure
     */
    EndedSockets after(ApplyResult result) {
        if (listening.isEmpty()) {
            return EndedSockets.NOTHING;
        }
        try {
            return host.endSockets(result, listening.get());
        } catch (HostException | CgroupException e) {
            String help = e instanceof HostException host ? host.help() : "run this where the cgroup is visible";
            failure = failure.or(() ->
                    Optional.of(new HostException("`" + result.name() + "` is in force, but " + e.getMessage(), help)));
            return EndedSockets.NOTHING;
        }
    }

    /** Throws the first failure. */
    void finish() {
        failure.ifPresent(e -> {
            throw e;
        });
    }
}
