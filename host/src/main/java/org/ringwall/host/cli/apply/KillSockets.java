// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.apply;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.Stack;
import org.ringwall.host.words.UsageException;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.model.ApplyResult;
import org.ringwall.loader.model.CgroupException;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.sockets.SocketKiller;
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
    private final Optional<SocketKiller> killer;
    private Optional<HostException> failure = Optional.empty();

    private KillSockets(LoaderHost host, Optional<SocketKiller> killer) {
        this.host = host;
        this.killer = killer;
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
        SocketKiller killer = new SocketKiller(host.bpf(), host.host(), host.cgroups(), which.equals(ALL));
        killer.require();
        return new KillSockets(host, Optional.of(killer));
    }

    /**
     * Ends the sockets in the cgroups of a policy that is in force. A failure is kept for
     * {@link #finish}.
     *
     * @return how many were ended in each cgroup; none without the option, or after a failure
     */
    SocketKiller.Ended after(ApplyResult result) {
        if (killer.isEmpty()) {
            return SocketKiller.Ended.NOTHING;
        }
        try {
            // Cgroups that were removed, of which sockets are left.
            Set<Long> removed = new InstanceFolder(host.bpf(), host.pins(), result.name())
                    .removedPlaces()
                    .of((int) result.generation());
            return killer.get().end(result.cgroups(), removed);
        } catch (HostException | CgroupException e) {
            String help = e instanceof HostException host ? host.help() : "run this where the cgroup is visible";
            failure = failure.or(() ->
                    Optional.of(new HostException("`" + result.name() + "` is in force, but " + e.getMessage(), help)));
            return SocketKiller.Ended.NOTHING;
        }
    }

    /** Throws the first failure. */
    void finish() {
        failure.ifPresent(e -> {
            throw e;
        });
    }
}
