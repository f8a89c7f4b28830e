// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.sync;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.ringwall.loader.apply.Failure;
import org.ringwall.loader.cgroup.Cgroup;
import org.ringwall.loader.cgroup.CgroupException;
import org.ringwall.loader.cgroup.Selector;
import org.ringwall.loader.host.InstanceStatus;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.HostException;
import org.ringwall.loader.instance.RecordedAdmission;
import org.ringwall.loader.object.InstanceName;
import org.ringwall.loader.sockets.SocketTrial;
import org.ringwall.loader.sync.Result.State;
import org.ringwall.loader.sys.IoReason;

/** A reconciler of a host with the declarations in a directory. Not thread-safe, except stop. */
public final class Sync implements AutoCloseable {
    private static final long NS_PER_MS = 1_000_000;

    private final LoaderHost host;
    private final Folder folder;
    private final Supplier<RecordedAdmission> admissions;
    private final Path top;
    private final Set<Path> watched = new HashSet<>();

    /** Whether a trial that makes a cgroup has run, which {@link #watch} takes for a change. */
    private boolean tried;

    private SocketTrial matching = () -> SocketTrial.Outcome.UNKNOWN;

    /** The watcher in which {@link #watch} waits; {@link #stop} closes it from another thread. */
    private volatile Optional<Watcher> waiting = Optional.empty();

    private volatile boolean stopped;

    /**
     * Creates a reconciler.
     *
     * @param admissions returns the current decision about which files may be applied
     */
    public Sync(LoaderHost host, Path folder, Supplier<RecordedAdmission> admissions) {
        this.admissions = admissions;
        this.host = host;
        this.top = host.cgroups().mount().point();
        this.folder = new Folder(folder, top, host::chooser, admissions);
    }

    /**
     * Compares the host with each declaration, and applies the differences.
     *
     * @param change whether to apply; false only compares
     * @param only the names of policies, with or without instance; empty for all
     */
    public List<Result> run(boolean change, Set<String> only) {
        watched.clear();
        SocketTrial.Outcome matched =
                tried ? host.sockets().glance() : host.sockets().run();
        matching = () -> matched;
        tried = true;
        List<Folder.Entry> entries = folder.read();
        Map<InstanceName, InstanceStatus> inForce =
                host.status().all().stream().collect(Collectors.toMap(InstanceStatus::name, Function.identity()));
        List<Result> results = new ArrayList<>();
        for (Folder.Entry entry : entries) {
            Optional<InstanceName> name = entry.declared().map(Folder.Declared::name);
            boolean wanted = only.isEmpty()
                    || name.filter(each -> only.contains(each.policy()) || only.contains(each.toString()))
                            .isPresent();
            if (wanted) {
                results.add(entry.declared()
                        .map(declared -> sync(declared, Optional.ofNullable(inForce.get(declared.name())), change))
                        .orElseGet(() -> Result.failed(
                                entry.file(),
                                name,
                                entry.required(),
                                entry.failure().orElseThrow())));
            }
        }
        return results;
    }

    /**
     * Repeats {@link #run} until {@link #stop}: whenever the files, their objects or the cgroups of
     * their places change, and after each interval.
     *
     * @param interval in ms
     * @param results receives the results of each run
     */
    public void watch(Set<String> only, long interval, Consumer<List<Result>> results) {
        ComparisonRateLimiter limit = new ComparisonRateLimiter();
        try (Watcher watcher = new Watcher()) {
            waiting = Optional.of(watcher);
            while (!stopped) {
                Thread.sleep(limit.delay(System.nanoTime() / NS_PER_MS));
                results.accept(run(true, only));
                // A cgroup may have appeared before its directory was watched.
                if (!watcher.watch(folder.watched(), watched)) {
                    watcher.await(interval);
                }
            }
        } catch (ClosedWatchServiceException e) {
            // Stopped while it was waiting.
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new HostException(
                    "cannot watch for changes: " + IoReason.of(e), "raise fs.inotify.max_user_instances and _watches");
        }
    }

    /** Ends {@link #watch} after its current run, from any thread. The policies stay in force. */
    public void stop() {
        stopped = true;
        try {
            if (waiting.isPresent()) {
                waiting.get().close();
            }
        } catch (IOException e) {
            throw new HostException("cannot end the wait for changes: " + e.getMessage(), "kill the process");
        }
    }

    @Override
    public void close() {
        stop();
    }

    private Result sync(Folder.Declared declared, Optional<InstanceStatus> status, boolean change) {
        Declaration declaration = declared.declaration();
        try {
            List<String> absent = new ArrayList<>();
            List<String> waiting = new ArrayList<>();
            List<Cgroup> cgroups = cgroups(declaration, absent, waiting);
            Difference difference = new Difference(
                    declared, cgroups, absent.isEmpty() && waiting.isEmpty(), status, host, Instant.now());
            List<String> differences = new ArrayList<>(difference.removable());
            // A version that waits for confirmation, or was rolled back, is the user's to decide.
            Optional<String> busy = status.flatMap(InstanceStatus::confirmation).map(Sync::busy);
            if (busy.isPresent()) {
                differences.add(busy.get());
                return result(declared, State.DIFFERENT, differences, waiting, cgroups, List.of(), false);
            }
            if (cgroups.isEmpty() && absent.isEmpty()) {
                return result(declared, State.WAITING, List.of(), waiting, cgroups, List.of(), false);
            }
            List<String> notes = List.of();
            if (differences.isEmpty() && !cgroups.isEmpty()) {
                // Otherwise the apply refuses it.
                matching.require(declared.object().programs().keySet());
            }
            boolean changed = change && !differences.isEmpty() && !cgroups.isEmpty();
            if (changed) {
                Difference.Removed removed = difference.remove(admissions.get());
                notes = removed.notes();
                removed.downgrade().ifPresent(versions -> differences.add("a lower version: " + versions));
            }
            differences.addAll(absent);
            differences.addAll(difference.kept());
            boolean left = !absent.isEmpty() || !difference.kept().isEmpty() || !differences.isEmpty() && !changed;
            State state = left ? State.DIFFERENT : changed ? State.CHANGED : State.IN_FORCE;
            return result(declared, state, differences, waiting, cgroups, notes, changed);
        } catch (RuntimeException e) {
            Failure failure = Failure.of(e).orElseThrow(() -> e);
            return Result.failed(declaration.file(), Optional.of(declared.name()), declaration.required(), failure);
        }
    }

    private static String busy(InstanceStatus.Confirmation wait) {
        String to = "to generation " + Integer.toUnsignedString(wait.to());
        return wait.stage() == InstanceStatus.Confirmation.Stage.UNCONFIRMED
                ? "unconfirmed: rolls back " + to + "; nothing is changed before ringwall confirm, or the roll-back"
                : "rolled back " + to + "; nothing is changed before ringwall confirm --roll-back, or an apply";
    }

    private static Result result(
            Folder.Declared declared,
            State state,
            List<String> differences,
            List<String> waiting,
            List<Cgroup> cgroups,
            List<String> notes,
            boolean changed) {
        return new Result(
                declared.declaration().file(),
                Optional.of(declared.name()),
                declared.declaration().required(),
                state,
                differences,
                waiting,
                cgroups.stream().map(Cgroup::toString).toList(),
                notes,
                changed,
                Optional.empty());
    }

    /**
     * Returns the cgroups of all places.
     *
     * @param absent receives a sentence for each place without a cgroup that must have one
     * @param waiting receives each place without a cgroup that need not have one
     */
    private List<Cgroup> cgroups(Declaration declaration, List<String> absent, List<String> waiting) {
        List<Cgroup> cgroups = new ArrayList<>();
        for (Selector place : declaration.places()) {
            Selector.Found found = place.find(top);
            watched.addAll(found.watched());
            List<Cgroup> here = found.cgroups().stream()
                    .flatMap(path -> existing(path).stream())
                    .toList();
            here.stream().filter(cgroup -> !cgroups.contains(cgroup)).forEach(cgroups::add);
            if (here.isEmpty()) {
                boolean mayBe = place.mayBeAbsent() || !declaration.required();
                if (mayBe) {
                    waiting.add(place.toString());
                } else {
                    absent.add("there is no cgroup with the " + place);
                }
            }
        }
        return cgroups;
    }

    /** Returns the cgroup with this directory; empty if it was removed since it was found. */
    private Optional<Cgroup> existing(Path path) {
        try {
            return Optional.of(host.cgroups().at(path));
        } catch (CgroupException e) {
            if (Files.exists(path)) {
                throw e;
            }
            return Optional.empty();
        }
    }
}
