// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.loader.apply.Applier;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.apply.ApplyRequest.Choice;
import org.ringwall.loader.cgroup.Cgroup;
import org.ringwall.loader.delegation.Confinement;
import org.ringwall.loader.delegation.Delegation;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.HostException;
import org.ringwall.loader.object.Admission;
import org.ringwall.loader.object.InstanceName;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.loader.state.Printable;
import org.ringwall.loader.sys.Fd;
import org.ringwall.loader.sys.Signals;
import org.ringwall.loader.sys.Syscalls;

/**
 * A command that runs in a fresh cgroup under a policy. The policy is in force before the command
 * begins, and until the last process of the cgroup has ended.
 *
 * <p>Signals are passed on to the command, which handles them. This process ends after the command,
 * with its status.
 */
final class RunInCgroup {
    /**
     * Enters the cgroup before it executes the command, so that nothing of the command runs
     * outside.
     */
    private static final String ENTER = "echo $$ > \"$1\" || exit " + ExitCode.RUN_FAILED + "; shift; exec \"$@\"";

    /** Variables that Java must not see, and the prefix that bin/launch.sh adds to their names. */
    private static final List<String> HIDDEN = List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS");

    private static final String HIDDEN_AS = "RINGWALL_ENV_";

    private static final int SIGNALLED = 128;
    private static final Set<Integer> ENDING = Set.of(Signals.HUP, Signals.INT, Signals.TERM);

    private final LoaderHost host;
    private final PrintStream err;
    private final Changes changes;
    private final boolean strict;
    private final Admission admission;
    private Optional<RunCgroups.Locked> cgroup = Optional.empty();
    private boolean confined;
    private Optional<Applier.Held> held = Optional.empty();

    /**
     * The command's process, from its start on. Volatile, as the next field: one thread writes it,
     * and signal threads read it.
     */
    private volatile Optional<Fd> child = Optional.empty();

    /** A signal that arrived before the command started, or 0. */
    private volatile int early;

    /**
     * Creates it.
     *
     * @param strict whether a command that could leave its cgroup is confined, or refused
     * @param admission what has admitted the policy
     */
    RunInCgroup(LoaderHost host, PrintStream err, Changes changes, boolean strict, Admission admission) {
        this.admission = admission;
        this.strict = strict;
        this.host = host;
        this.err = err;
        this.changes = changes;
    }

    int run(PolicyObject policy, Map<String, String> params, Set<Choice> choices, List<String> command) {
        host.remover().sweepRuns(left -> removeIfIdle(host, left));
        String tag = "run-" + ProcessHandle.current().pid() + "-" + System.currentTimeMillis();
        // Signals are caught until the cleanup is complete.
        try (Signals ignored = Signals.caught(this::pass)) {
            return supervised(policy, params, choices, command, tag);
        }
    }

    private int supervised(
            PolicyObject policy, Map<String, String> params, Set<Choice> choices, List<String> command, String tag) {
        try {
            prepare(policy, params, choices, tag);
            return early == 0 ? status(start(command)) : SIGNALLED + early;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitCode.RUN_FAILED;
        } finally {
            end();
        }
    }

    private void prepare(PolicyObject policy, Map<String, String> params, Set<Choice> choices, String tag) {
        RunCgroups.Locked fresh = new RunCgroups(host).make(tag);
        cgroup = Optional.of(fresh);
        confined = confined(fresh.cgroup());
        ApplyRequest request =
                new ApplyRequest(policy, tag, List.of(fresh.cgroup()), params, choices, Set.of(), Optional.empty());
        changes.begin(new InstanceName(policy.policy(), tag));
        policy.digest().ifPresent(digest -> changes.with("object", digest));
        Applier.Held applied = host.applier().applyAndHold(request);
        held = Optional.of(applied);
        admission.recordApplied(policy).ifPresent(versions -> changes.with("downgrade", versions));
        changes.generations(0, applied.result().generation())
                .with("cgroups", List.of(fresh.cgroup().toString()))
                .done("in force");
        applied.result().notes().forEach(note -> err.println("ringwall: note: " + Printable.line(note)));
    }

    /**
     * Returns whether the command must be confined. Without `--strict` only warns if the command
     * could leave the cgroup; as root it always can, which is not worth a warning each time.
     */
    private boolean confined(Cgroup fresh) {
        long uid = Delegation.ownUid();
        Optional<Path> exit = Escape.from(host.cgroups(), fresh);
        if (exit.isEmpty()) {
            return false;
        }
        String why =
                "the command could leave its cgroup and its policy: uid " + uid + " can write `" + exit.get() + "`";
        if (strict && uid == 0) {
            throw new HostException(
                    why,
                    "omit --strict, and let the command give up root: -- setpriv --reuid=UID --regid=GID"
                            + " --clear-groups COMMAND");
        }
        if (!strict && uid != 0) {
            err.println("ringwall: warning: " + Printable.line(why + "; --strict confines it"));
        }
        return strict;
    }

    private Process start(List<String> command) {
        Cgroup fresh = cgroup.orElseThrow().cgroup();
        List<String> words = new ArrayList<>(List.of(
                "/bin/sh",
                "-c",
                ENTER,
                "ringwall",
                fresh.path().resolve("cgroup.procs").toString()));
        words.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(words).inheritIO();
        showHidden(builder.environment());
        host.host().unblockQuit();
        if (confined) {
            return new Confinement(Syscalls.ofThisMachine(), host.cgroups()).start(fresh, builder::start);
        }
        try {
            return builder.start();
        } catch (IOException e) {
            throw new HostException("cannot start `/bin/sh`: " + e.getMessage(), "install a POSIX shell");
        }
    }

    private static void showHidden(Map<String, String> environment) {
        for (String name : HIDDEN) {
            Optional.ofNullable(environment.remove(HIDDEN_AS + name)).ifPresent(value -> environment.put(name, value));
        }
    }

    private int status(Process process) throws InterruptedException {
        child = host.host().openProcess(process.pid());
        if (early != 0) {
            pass(early);
        }
        return process.waitFor();
    }

    /**
     * Passes a signal to the command. Before the command starts, a signal that would end it
     * prevents the start.
     */
    private void pass(int signal) {
        Optional<Fd> command = child;
        if (command.isEmpty()) {
            if (ENDING.contains(signal)) {
                early = signal;
            }
            return;
        }
        // The terminal has sent Ctrl-C to the command too, which is in the same process group.
        if (signal != Signals.INT || !Terminal.isOurs()) {
            host.host().signal(command.get(), signal);
        }
        if (signal == Signals.TSTP) {
            Signals.withDefaultStop(this::stop);
        }
    }

    private void stop() {
        host.host().openProcess(ProcessHandle.current().pid()).ifPresent(self -> {
            try (self) {
                host.host().signal(self, Signals.TSTP);
            }
        });
    }

    /**
     * Kills the remaining processes, removes the cgroup, and only then the policy, so that no
     * process runs without it.
     */
    private void end() {
        Optional<RunCgroups.Locked> made = cgroup;
        Optional<Applier.Held> applied = held;
        cgroup = Optional.empty();
        held = Optional.empty();
        try {
            made.ifPresent(locked -> {
                host.cgroups().end(locked.cgroup());
                host.cgroups().remove(locked.cgroup());
            });
            applied.ifPresent(policy -> {
                host.remover().remove(policy);
                changes.begin(policy.result().name()).done("removed");
            });
        } finally {
            applied.ifPresent(Applier.Held::close);
            made.ifPresent(locked -> locked.lock().close());
        }
    }

    /** Removes the cgroup of a `run` that was killed, unless there is a process in it. */
    static boolean removeIfIdle(LoaderHost host, Cgroup cgroup) {
        return RunCgroups.named(cgroup.path()) && host.cgroups().removeIfEmpty(cgroup);
    }
}
