// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.container.HookState;
import org.ringwall.host.words.ExitCode;
import org.ringwall.host.words.UsageException;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/**
 * The command that container runtimes call as an OCI hook. As a hook of the stage createRuntime it
 * puts policies on the cgroup of a container before the container's first instruction; if it fails,
 * the runtime does not start the container. As a hook of the stage poststop it tidies up.
 */
public final class OciHookCommand implements HostCommand {
    // HookMain, which loads no other class, has these from javac.
    public static final int LARGEST = 1 << 20;
    public static final String SOCKET = "/run/ringwall-agent/agent.sock";
    public static final String AGENT = "--agent";
    public static final String SOCKET_OPTION = "--socket";
    public static final String TIMEOUT = "--timeout";
    public static final String AUTO = "auto";
    public static final String REQUIRED = "required";
    public static final String NEVER = "never";
    public static final int SECONDS = 10;
    public static final int MOST_SECONDS = 3600;

    private static final String STOPPED = "stopped";

    @Override
    public CommandSpec spec() {
        return Options.command("Puts policies in force on a container that starts; called by container runtimes.")
                .addPositional(PositionalParamSpec.builder()
                        .index("0..*")
                        .arity("0..*")
                        .paramLabel("NAME[@INSTANCE]")
                        .type(String[].class)
                        .description("Policies in force (default: those that the container's annotation "
                                + ContainerPolicies.ANNOTATION
                                + " names, with commas between them).")
                        .build())
                .addOption(OptionSpec.builder(AGENT)
                        .paramLabel("WHEN")
                        .type(String.class)
                        .description("Whether the agent does it: auto, if it answers; required, or the container does"
                                + " not start; never (default: auto).")
                        .build())
                .addOption(OptionSpec.builder(SOCKET_OPTION)
                        .paramLabel("PATH")
                        .type(String.class)
                        .description("Where the agent listens (default: " + SOCKET + ").")
                        .build())
                .addOption(OptionSpec.builder(TIMEOUT)
                        .paramLabel("SECONDS")
                        .type(int.class)
                        .description("How long the agent may take (default: " + SECONDS + ").")
                        .build());
    }

    @Override
    public int run(ParseResult command, Session session) {
        checkAgent(command);
        // What is refused from here on is a container that does not start.
        session.changes().begin();
        HookState state = HookState.parse(input(session));
        if (state.status().equals(STOPPED)) {
            session.changes().none();
        } else {
            ContainerPolicies.begin(session.changes(), state.id());
        }
        List<InstanceName> names = names(command, state);
        try (LoaderHost host = session.host()) {
            switch (state.status()) {
                case "creating", "created" -> join(host, session, names, state);
                case STOPPED ->
                    names.forEach(name -> ContainerPolicies.forget(host, session.started(), name, state.id()));
                default ->
                    throw new InputException(
                            "the container `" + state.id() + "` is " + state.status()
                                    + ", so its first instructions were not judged",
                            "call this hook at the stages createRuntime and poststop");
            }
            return ExitCode.DONE;
        }
    }

    /** Checks the options for the agent, which {@code HookMain} has called if it answers. */
    private static void checkAgent(ParseResult command) {
        String agent = command.matchedOptionValue(AGENT, AUTO);
        if (!List.of(AUTO, REQUIRED, NEVER).contains(agent)) {
            throw new UsageException("`" + agent + "` is not a value of " + AGENT, "write auto, required or never");
        }
        String socket = command.matchedOptionValue(SOCKET_OPTION, SOCKET);
        if (!socket.startsWith("/")) {
            throw new UsageException("`" + socket + "` is not an absolute path", "write the path of the socket");
        }
        int seconds = command.matchedOptionValue(TIMEOUT, SECONDS);
        if (seconds < 1 || seconds > MOST_SECONDS) {
            throw new UsageException(
                    TIMEOUT + " " + seconds + " is out of range", "write a number of seconds in 1.." + MOST_SECONDS);
        }
    }

    private static void join(LoaderHost host, Session session, List<InstanceName> names, HookState state) {
        long pid = state.pid()
                .orElseThrow(() -> new InputException(
                        "the container `" + state.id() + "` has no process yet",
                        "call this hook at the stage createRuntime"));
        ContainerPolicies.join(
                host, session.changes(), session.started(), names, ContainerPolicies.ofItsOwn(host, pid), state.id());
    }

    private static List<InstanceName> names(ParseResult command, HookState state) {
        String[] given = command.matchedPositionalValue(0, new String[0]);
        if (given.length > 0) {
            return Arrays.stream(given).map(InstanceName::parse).toList();
        }
        ContainerPolicies.check(state.annotations().keySet());
        String annotation = state.annotations().getOrDefault(ContainerPolicies.ANNOTATION, "");
        if (annotation.isBlank()) {
            throw new InputException(
                    "the container `" + state.id() + "` has no annotation " + ContainerPolicies.ANNOTATION,
                    "name a policy: --annotation " + ContainerPolicies.ANNOTATION + "=NAME, or the hook's arguments");
        }
        return ContainerPolicies.parse(annotation);
    }

    private static String input(Session session) {
        try {
            byte[] bytes = session.in().readNBytes(LARGEST + 1);
            if (bytes.length > LARGEST) {
                throw new InputException(
                        "standard input is longer than " + LARGEST + " bytes", "write the state of one container");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new InputException(
                    "cannot read standard input: " + e.getMessage(), "write the state of a container to it");
        }
    }
}
