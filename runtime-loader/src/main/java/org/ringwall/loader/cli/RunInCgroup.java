package org.ringwall.loader.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.ringwall.loader.apply.Applier;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.apply.ApplyRequest.Choice;
import org.ringwall.loader.apply.HostException;
import org.ringwall.loader.apply.LoaderHost;
import org.ringwall.loader.apply.PolicyObject;
import org.ringwall.loader.cgroup.Cgroup;
import org.ringwall.loader.cgroup.CgroupException;

/**
 * A command in a fresh cgroup under a policy. The policy is in force before the command begins, and ends after the last
 * process of the cgroup has.
 */
final class RunInCgroup {
    /** Enters the cgroup, then becomes the command: nothing of the command runs outside. */
    private static final String ENTER = "echo $$ > \"$1\" || exit " + ExitCode.RUN_FAILED + "; shift; exec \"$@\"";

    private static final long GRACE_SECONDS = 5;

    private final LoaderHost host;
    private final PrintStream err;
    private Optional<Cgroup> cgroup = Optional.empty();
    private Optional<Applier.Held> held = Optional.empty();
    private Optional<Process> process = Optional.empty();
    private boolean ended;

    RunInCgroup(LoaderHost host, PrintStream err) {
        this.host = host;
        this.err = err;
    }

    int run(PolicyObject policy, Map<String, String> params, Set<Choice> choices, List<String> command) {
        host.remover().sweepRuns(left -> removeIfIdle(host, left));
        String tag = "run-" + ProcessHandle.current().pid() + "-" + System.currentTimeMillis();
        Thread hook = new Thread(this::endAfterSignal, "ringwall-run-end");
        Runtime.getRuntime().addShutdownHook(hook);
        int code;
        try {
            code = start(policy, params, choices, command, tag).waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            code = ExitCode.RUN_FAILED;
        } finally {
            end();
            release(hook);
        }
        return code;
    }

    private static void release(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException ignored) {
            // The machine is going down, and the hook has done or will do what is left.
            return;
        }
    }

    private synchronized Process start(
            PolicyObject policy, Map<String, String> params, Set<Choice> choices, List<String> command, String tag) {
        if (ended) {
            throw new HostException("interrupted before the command began", "try again");
        }
        Cgroup fresh = host.cgroups().create(host.cgroups().own(), "ringwall-" + tag);
        cgroup = Optional.of(fresh);
        Applier.Held applied = host.applier()
                .applyAndHold(
                        new ApplyRequest(policy, tag, List.of(fresh), params, choices, Set.of(), Optional.empty()));
        held = Optional.of(applied);
        applied.result().notes().forEach(note -> err.println("ringwall: note: " + note));
        List<String> words = new ArrayList<>(List.of(
                "/bin/sh",
                "-c",
                ENTER,
                "ringwall",
                fresh.path().resolve("cgroup.procs").toString()));
        words.addAll(command);
        try {
            Process started = new ProcessBuilder(words).inheritIO().start();
            process = Optional.of(started);
            return started;
        } catch (IOException e) {
            throw new HostException("cannot start `/bin/sh`: " + e.getMessage(), "install a POSIX shell");
        }
    }

    /** The command is asked to end before it is made to. */
    private void endAfterSignal() {
        synchronized (this) {
            process.ifPresent(Process::destroy);
        }
        try {
            if (process.isPresent()) {
                process.get().waitFor(GRACE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try {
            end();
        } catch (HostException | CgroupException e) {
            err.println("ringwall: " + e.getMessage());
        }
    }

    /** Ends what is left in the cgroup, and only then takes the policy away. */
    private synchronized void end() {
        ended = true;
        cgroup.ifPresent(host.cgroups()::end);
        held.ifPresent(applied -> {
            host.remover().remove(applied);
            applied.close();
        });
        held = Optional.empty();
        cgroup.ifPresent(host.cgroups()::remove);
        cgroup = Optional.empty();
    }

    /** Removes the cgroup of a `run` that was killed, unless something still runs in it. */
    static boolean removeIfIdle(LoaderHost host, Cgroup cgroup) {
        Object name = cgroup.path().getFileName();
        boolean ours = name != null && name.toString().startsWith("ringwall-run-");
        if (!ours || !host.cgroups().processes(cgroup).isEmpty()) {
            return false;
        }
        host.cgroups().remove(cgroup);
        return true;
    }
}
