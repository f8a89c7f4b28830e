// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.runtime;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.agent.AgentServer;
import org.ringwall.host.agent.Reply;
import org.ringwall.host.agent.Request;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.cli.command.StartedContainers;
import org.ringwall.host.sync.DeclaringFile;
import org.ringwall.host.words.ExitCode;
import org.ringwall.host.words.PathText;
import org.ringwall.host.words.UsageException;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Failure;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.sys.DatagramSocket;
import org.ringwall.sys.IoReason;
import org.ringwall.sys.Signals;
import org.ringwall.sys.SyscallException;
import org.ringwall.sys.Syscalls;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * The command that stays resident and carries out other commands, so that no Java process starts on
 * the way of a container. What it does for a request is what the command does by itself, with the
 * same locks and the same journal, so both can be used beside each other. Nothing that is in force
 * depends on it.
 */
public final class AgentCommand implements HostCommand {
    /** Commands that end by themselves and need no terminal. */
    private static final Set<String> SERVED = new TreeSet<>(Set.of(
            "apply",
            "confirm",
            "enforce",
            "join",
            "leave",
            "monitor",
            "oci-hook",
            "recover",
            "remove",
            "status",
            "sync",
            "tree"));

    private static final String SYNC = "--sync";
    private static final String METRICS = "--metrics";
    private static final String EVENTS = "--events";
    private static final String NRI = "--nri";

    /** The state of a container that has ended. */
    private static final String ENDED = "{\"id\": \"\", \"status\": \"stopped\"}";

    private static final InputStream NOTHING = InputStream.nullInputStream();
    private static final int PAUSE_MS = 5_000;
    private static final int SWEEP_MS = 1_000;
    private static final long RECENT = Duration.ofSeconds(30).toNanos();
    /** The time between two searches among all cgroups, as a multiple of that of one. */
    private static final int SWEEPS = 50;

    private static final long SELDOM = Duration.ofMinutes(10).toNanos();

    private volatile boolean stopped;

    /** When all cgroups were last looked at, and how long that took, in ns. */
    private long lastSweep = System.nanoTime();

    private long sweepTime;

    @Override
    public CommandSpec spec() {
        return Options.command("Stays resident and carries out commands for container runtimes, without starting Java.")
                .addOption(OptionSpec.builder(OciHookCommand.SOCKET_OPTION)
                        .paramLabel("PATH")
                        .type(String.class)
                        .description("Where to listen, in a directory that only root can enter (default: "
                                + OciHookCommand.SOCKET + ").")
                        .build())
                .addOption(Options.flag(SYNC, "Also keep in force what files declare, as ringwall sync --watch."))
                .addOption(OptionSpec.builder("--dir")
                        .paramLabel("DIR")
                        .type(String.class)
                        .description("With --sync: the directory of the files (default: " + DeclaringFile.FOLDER + ").")
                        .build())
                .addOption(OptionSpec.builder(METRICS)
                        .paramLabel("ADDRESS")
                        .type(String.class)
                        .description("Also serve metrics there, as ringwall metrics --listen.")
                        .build())
                .addOption(OptionSpec.builder(EVENTS)
                        .paramLabel("NAME[@INSTANCE]")
                        .type(String[].class)
                        .description("Also write the records of this policy to the journal, as ringwall events"
                                + " --follow --output journal.")
                        .build())
                .addOption(OptionSpec.builder(NRI)
                        .paramLabel("SOCKET")
                        .type(String.class)
                        .arity("0..1")
                        .fallbackValue(NriCommand.SOCKET)
                        .description("Also serve containerd or CRI-O as a plugin, as ringwall nri --socket (default: "
                                + NriCommand.SOCKET + ").")
                        .build());
    }

    @Override
    public int run(ParseResult command, Session session) {
        if (command.hasMatchedOption("--dir") && !command.hasMatchedOption(SYNC)) {
            throw new UsageException("--dir needs --sync", "write --sync --dir DIR");
        }
        Path socket = PathText.parse(
                command.matchedOptionValue(OciHookCommand.SOCKET_OPTION, OciHookCommand.SOCKET),
                "write the path of the socket");
        String folder = command.matchedOptionValue("--dir", DeclaringFile.FOLDER);
        try (AgentServer server = AgentServer.listen(socket, request -> serve(request, session));
                Signals ignored = Signals.caught(signal -> end(server, signal))) {
            // Clients that connect meanwhile wait.
            reconcile(session);
            if (command.matchedOptionValue(SYNC, false)) {
                beside(session, NOTHING, "sync", "--dir", folder);
            }
            hosted(command, folder).forEach(words -> host(words, session));
            start("sweep", () -> sweep(session));
            session.out().println("serving commands at " + socket);
            session.out().flush();
            ready();
            server.run();
            return ExitCode.DONE;
        } catch (IOException e) {
            throw new HostException(
                    "cannot listen at `" + socket + "`: " + IoReason.of(e),
                    "stop what listens there, or name another path with " + OciHookCommand.SOCKET_OPTION);
        }
    }

    private void end(AgentServer server, int signal) {
        if (signal != Signals.TERM && signal != Signals.INT) {
            return;
        }
        stopped = true;
        try {
            server.close();
        } catch (IOException e) {
            throw new HostException("cannot remove the socket: " + e.getMessage(), "kill the process");
        }
    }

    /** Returns the commands that run for as long as the agent. */
    private static List<List<String>> hosted(ParseResult command, String folder) {
        List<List<String>> all = new ArrayList<>();
        if (command.matchedOptionValue(SYNC, false)) {
            all.add(List.of("sync", "--watch", "--dir", folder));
        }
        if (command.hasMatchedOption(METRICS)) {
            all.add(List.of("metrics", "--listen", command.matchedOptionValue(METRICS, "")));
        }
        for (String name : command.matchedOptionValue(EVENTS, new String[0])) {
            all.add(List.of("events", name, "--follow", "--output", "journal"));
        }
        if (command.hasMatchedOption(NRI)) {
            all.add(List.of("nri", "--socket", command.matchedOptionValue(NRI, NriCommand.SOCKET)));
        }
        return all;
    }

    /** Starts a command that runs for as long as the agent, again whenever it ends. */
    private void host(List<String> words, Session session) {
        start(words.get(0), () -> {
            while (!stopped) {
                beside(session, NOTHING, words.toArray(String[]::new));
                pause(PAUSE_MS);
            }
        });
    }

    private static void start(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static void pause(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Runs a command whose failure does not end the agent. */
    private static void beside(Session session, InputStream input, String... words) {
        try {
            session.execute(input, session.out(), session.err(), words);
        } catch (RuntimeException e) {
            session.err().println("ringwall: " + words[0] + " has failed: " + Printable.line(e.toString()));
        }
    }

    /**
     * Brings interrupted changes to rest, removes instances whose cgroups were all removed, and
     * lets the others forget removed cgroups.
     */
    private static void reconcile(Session session) {
        beside(session, NOTHING, "recover");
    }

    /** Lets all instances forget removed cgroups, as after the end of a container. */
    private static void forgetRemoved(Session session) {
        List<InstanceName> names;
        try (LoaderHost host = session.host()) {
            names = host.instances();
        }
        names.forEach(name -> beside(session, input(ENDED), "oci-hook", name.toString()));
    }

    /**
     * Lets policies forget the cgroups of ended containers. Those that this process has started are
     * looked for by name; only for others, and from time to time, all cgroups are.
     */
    private void sweep(Session session) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        Session silent = session.printing(nowhere, nowhere);
        while (!stopped) {
            pause(SWEEP_MS);
            try {
                sweepOnce(silent);
            } catch (RuntimeException e) {
                if (Failure.of(e).isEmpty()) {
                    throw e;
                }
            }
        }
    }

    private void sweepOnce(Session session) {
        long begun = System.nanoTime();
        StartedContainers started = session.started();
        boolean again = started.unknownEnded(RECENT) && begun - lastSweep > SWEEPS * sweepTime;
        if (begun - lastSweep > SELDOM || again) {
            forgetRemoved(session);
            try (LoaderHost host = session.host()) {
                ContainerPolicies.dropEnded(host, started);
            }
            lastSweep = System.nanoTime();
            sweepTime = lastSweep - begun;
        } else if (!started.leaving(begun).isEmpty()) {
            try (LoaderHost host = session.host()) {
                ContainerPolicies.forgetLater(host, started);
            }
        }
    }

    private static InputStream input(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private Reply serve(Request request, Session session) throws ProtocolException {
        List<String> words = request.words();
        boolean ends = words.stream().noneMatch(word -> word.equals("--watch") || word.startsWith("--watch="));
        if (!SERVED.contains(words.get(0)) || !ends) {
            throw new ProtocolException("the agent does not carry out `" + Printable.line(String.join(" ", words))
                    + "`, but " + String.join(", ", SERVED));
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = session.execute(
                input(request.input()),
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, false, StandardCharsets.UTF_8),
                words.toArray(String[]::new));
        return new Reply(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** Reports to systemd that requests are served, as sd_notify(3). */
    private static void ready() {
        String socket = System.getenv("NOTIFY_SOCKET");
        if (socket == null || !socket.startsWith("/")) {
            return;
        }
        try (DatagramSocket systemd = DatagramSocket.connect(Syscalls.ofThisMachine(), Path.of(socket))) {
            systemd.send("READY=1".getBytes(StandardCharsets.UTF_8));
        } catch (SyscallException e) {
            throw new HostException("systemd is not reachable at `" + socket + "`: " + e.errno(), "start it again");
        }
    }
}
