// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.run;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.delegation.Delegation;
import org.ringwall.host.journal.Changes;
import org.ringwall.host.terminal.Terminals;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.RecordedAdmission;
import org.ringwall.loader.model.ApplyChoice;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.Cgroups;
import org.ringwall.loader.model.HeldPolicy;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.sys.Signals;

/**
 * A command that runs in a fresh cgroup under a policy. The policy is in force before the command
 * begins, and until the last process of the cgroup has ended.
 *
 * <p>Signals are passed on to the command, which handles them. This process ends after the command,
 * with its status.
 */
public final class RunInCgroup {
    private static final int SIGNALLED = 128;

    /** Signals that prevent the start of the command. */
    private final LoaderHost host;

    private final PrintStream err;
    private final Changes changes;
    private final boolean strict;
    private final Terminals terminals;
    private final RecordedAdmission admission;
    private Optional<Cgroups.Claimed> cgroup = Optional.empty();
    private boolean confined;
    private Optional<HeldPolicy> held = Optional.empty();

    /**
     * The command's process, from its start on. Signal threads read this field and the next two;
     * all are guarded by this object.
     */
    private Optional<RunChild> child = Optional.empty();

    /** Whether the command is about to start, so that each signal is for it. */
    private boolean starts;

    /** The signals that arrived before the command's process was open, in their order. */
    private final List<Integer> early = new ArrayList<>();

    /**
     * Creates it.
     *
     * @param strict whether a command that could leave its cgroup is confined, or refused
     * @param terminals the standard files that are terminals, and how the command gets them
     * @param admission what has admitted the policy
     */
    public RunInCgroup(
            LoaderHost host,
            PrintStream err,
            Changes changes,
            boolean strict,
            Terminals terminals,
            RecordedAdmission admission) {
        this.terminals = terminals;
        this.admission = admission;
        this.strict = strict;
        this.host = host;
        this.err = err;
        this.changes = changes;
    }

    public int run(PolicyObject policy, Map<String, String> params, Set<ApplyChoice> choices, List<String> command) {
        host.sweepRuns(left -> removeIfIdle(host, left));
        String tag = "run-" + ProcessHandle.current().pid() + "-" + System.currentTimeMillis();
        // Signals are caught until the cleanup is complete.
        try (Signals ignored = Signals.caught(this::pass)) {
            return supervised(policy, params, choices, command, tag);
        }
    }

    private int supervised(
            PolicyObject policy,
            Map<String, String> params,
            Set<ApplyChoice> choices,
            List<String> command,
            String tag) {
        try {
            prepare(policy, params, choices, tag);
            Optional<Integer> ending = beginStart();
            if (ending.isPresent()) {
                return SIGNALLED + ending.get();
            }
            Cgroup fresh = cgroup.orElseThrow().cgroup();
            return status(new CommandStart(host, err, confined, terminals).start(fresh, command));
        } finally {
            end();
        }
    }

    private void prepare(PolicyObject policy, Map<String, String> params, Set<ApplyChoice> choices, String tag) {
        Cgroups.Claimed fresh = new RunCgroups(host).make(tag);
        cgroup = Optional.of(fresh);
        confined = confined(fresh.cgroup());
        ApplyRequest request = new ApplyRequest(
                        policy, tag, List.of(fresh.cgroup()), params, choices, Set.of(), Optional.empty())
                .admittedBy(admission);
        changes.begin(new InstanceName(policy.policy(), tag));
        policy.digest().ifPresent(digest -> changes.with("object", digest));
        HeldPolicy applied = host.applyAndHold(request);
        held = Optional.of(applied);
        applied.result().downgrade().ifPresent(versions -> changes.with("downgrade", versions));
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

    private int status(RunChild started) {
        opened(started).forEach(started::signal);
        return started.await();
    }

    /** Returns a signal that prevents the start. Without one, signals wait for the command. */
    private synchronized Optional<Integer> beginStart() {
        starts = true;
        return early.stream().findFirst();
    }

    /** Returns the signals that have waited for the command. */
    private synchronized List<Integer> opened(RunChild started) {
        child = Optional.of(started);
        List<Integer> waiting = List.copyOf(early);
        early.clear();
        return waiting;
    }

    private synchronized Optional<RunChild> running() {
        return child;
    }

    /** Returns the command's process, or keeps the signal until there is one. */
    private synchronized Optional<RunChild> receiver(int signal) {
        if (child.isEmpty() && (starts || RunChild.ENDING.contains(signal))) {
            early.add(signal);
        }
        return child;
    }

    /**
     * Passes a signal to the command. Before the command starts, a signal that would end it
     * prevents the start. One that arrives during the start is passed after it.
     */
    private void pass(int signal) {
        receiver(signal).ifPresent(command -> command.signal(signal));
    }

    /**
     * Kills the remaining processes, removes the cgroup, and only then the policy, so that no
     * process runs without it.
     */
    private void end() {
        Optional<Cgroups.Claimed> made = cgroup;
        Optional<HeldPolicy> applied = held;
        cgroup = Optional.empty();
        held = Optional.empty();
        try {
            try {
                // No lambda: its class could not be loaded if the command has taken the
                // descriptors.
                if (made.isPresent()) {
                    made.get().end();
                }
            } finally {
                running().ifPresent(RunChild::close);
            }
            made.ifPresent(Cgroups.Claimed::remove);
            applied.ifPresent(policy -> {
                policy.remove();
                changes.begin(policy.result().name()).done("removed");
            });
        } finally {
            applied.ifPresent(HeldPolicy::close);
            made.ifPresent(Cgroups.Claimed::close);
        }
    }

    /** Removes the cgroup of a `run` that was killed, unless there is a process in it. */
    public static boolean removeIfIdle(LoaderHost host, Cgroup cgroup) {
        return RunCgroups.named(cgroup.path()) && host.cgroups().removeUnclaimed(cgroup);
    }
}
