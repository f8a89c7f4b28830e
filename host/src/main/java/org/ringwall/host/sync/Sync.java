// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.sync;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.time.Duration;
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
import java.util.stream.Stream;
import org.ringwall.host.sync.Result.State;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.RecordedAdmission;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.Failure;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.loader.model.SocketTrial;
import org.ringwall.sys.IoReason;

/** A reconciler of a host with the declarations in a directory. Not thread-safe, except stop. */
public final class Sync implements AutoCloseable {
    /** At how many cgroups one run ends policies if no other limit is set. */
    public static final int MOST_REMOVALS = 10;

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

    private int mostRemovals = MOST_REMOVALS;

    /** Whether {@link #watch} has run once. */
    private boolean begun;

    /**
     * Creates a reconciler.
     *
     * @param admissions returns the current decision about which files may be applied
     */
    public Sync(LoaderHost host, Path folder, Supplier<RecordedAdmission> admissions) {
        this(host, folder, admissions, host.cgroups().mount());
    }

    /**
     * Creates a reconciler of a part of the hierarchy.
     *
     * @param top the directory of the cgroup below which all places are, as if it were the mount
     */
    public Sync(LoaderHost host, Path folder, Supplier<RecordedAdmission> admissions, Path top) {
        this.admissions = admissions;
        this.host = host;
        this.top = top;
        this.folder = new Folder(folder, top, host.host(), host::read, admissions);
    }

    /**
     * Compares the host with each declaration, and applies the differences.
     *
     * @param change whether to apply; false only compares
     * @param only the names of policies, with or without instance; empty for all
     */
    public List<Result> run(boolean change, Set<String> only) {
        return run(change, only, true);
    }

    /**
     * Compares the host with each declaration, without waiting for files that are being written:
     * {@link #leftOut} returns whether there was one.
     */
    public List<Result> glance() {
        return run(false, Set.of(), false);
    }

    /** Whether the last run left out a declaration that was being written. */
    public boolean leftOut() {
        return folder.unsettled().isPresent();
    }

    private List<Result> run(boolean change, Set<String> only, boolean patient) {
        watched.clear();
        List<Folder.Entry> entries = folder.read(this::instancesInForce, patient);
        SocketTrial.Outcome matched =
                tried ? host.sockets().glance() : host.sockets().run();
        matching = () -> matched;
        tried = true;
        // After the files were read, which can take a while.
        Map<InstanceName, InstanceStatus> inForce =
                host.status().stream().collect(Collectors.toMap(InstanceStatus::name, Function.identity()));
        List<Comparison> comparisons = new ArrayList<>();
        for (Folder.Entry entry : entries) {
            Optional<InstanceName> name = entry.declared().map(Folder.Declared::name);
            boolean wanted = only.isEmpty()
                    || name.filter(each -> only.contains(each.policy()) || only.contains(each.toString()))
                            .isPresent();
            if (wanted) {
                comparisons.add(entry.declared()
                        .map(declared -> compare(declared, Optional.ofNullable(inForce.get(declared.name()))))
                        .orElseGet(() -> Comparison.failed(Result.failed(
                                entry.file(),
                                name,
                                entry.required(),
                                entry.failure().orElseThrow()))));
            }
        }
        // Counted for all files before anything is changed, so that many files that each lose a
        // few places are one mass removal.
        long ending = comparisons.stream().mapToLong(Comparison::ending).sum();
        return comparisons.stream()
                .map(each -> each.settle(this, change, ending > mostRemovals))
                .toList();
    }

    /**
     * Sets at how many cgroups in all one run may end policies; if it would be more, it ends them
     * at none.
     */
    public void limitRemovals(int most) {
        mostRemovals = most;
    }

    /**
     * Sets for how long a declaration must not have changed before it counts; a second by default.
     * Zero is for callers who write files elsewhere and rename them.
     */
    public void settlesAfter(Duration age) {
        folder.settlesAfter(age);
    }

    private Set<InstanceName> instancesInForce() {
        return host.status().stream()
                .filter(status -> status.state() != InstanceStatus.State.NOWHERE)
                .map(InstanceStatus::name)
                .collect(Collectors.toSet());
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
                results.accept(attempt(only));
                // A cgroup may have appeared before its directory was watched.
                if (!watcher.watch(folder.watched(), watched)) {
                    watcher.await(folder.unsettled()
                            .map(Duration::toMillis)
                            .filter(soon -> soon < interval)
                            .orElse(interval));
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

    /**
     * Runs once. After the first run a failure of the whole, as of a directory that is being
     * replaced, is a result, so that the next run can repair it.
     */
    private List<Result> attempt(Set<String> only) {
        try {
            List<Result> results = run(true, only, false);
            begun = true;
            return results;
        } catch (RuntimeException e) {
            if (!begun) {
                throw e;
            }
            return List.of(Result.failed(folder.path(), Optional.empty(), true, Failure.ofAny(e)));
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

    /** A compared declaration, or its failure. */
    private record Comparison(
            Optional<Folder.Declared> declared,
            Optional<InstanceStatus> status,
            Optional<Places> places,
            Optional<Difference> difference,
            Optional<Result> failure) {
        static Comparison failed(Result result) {
            return new Comparison(
                    Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(result));
        }

        long ending() {
            boolean busy = status.flatMap(InstanceStatus::confirmation).isPresent();
            return busy ? 0 : difference.map(Difference::ending).orElse(0L);
        }

        Result settle(Sync sync, boolean change, boolean tooMany) {
            return failure.orElseGet(() -> sync.settle(
                    declared.orElseThrow(),
                    status,
                    places.orElseThrow(),
                    difference.orElseThrow(),
                    change,
                    tooMany && ending() > 0));
        }
    }

    private Comparison compare(Folder.Declared declared, Optional<InstanceStatus> status) {
        try {
            Places places = Places.find(declared.declaration(), host.cgroups(), top);
            watched.addAll(places.watched());
            return new Comparison(
                    Optional.of(declared),
                    status,
                    Optional.of(places),
                    Optional.of(new Difference(declared, places, status, host, Instant.now())),
                    Optional.empty());
        } catch (RuntimeException e) {
            return Comparison.failed(failed(declared, e));
        }
    }

    private static Result failed(Folder.Declared declared, RuntimeException e) {
        return Result.failed(
                declared.declaration().file(),
                Optional.of(declared.name()),
                declared.declaration().required(),
                Failure.ofAny(e));
    }

    private Result settle(
            Folder.Declared declared,
            Optional<InstanceStatus> status,
            Places places,
            Difference difference,
            boolean change,
            boolean tooMany) {
        try {
            if (tooMany) {
                difference.keepAll();
            }
            List<String> differences = new ArrayList<>(difference.removable());
            // A version that waits for confirmation, or was rolled back, is the user's to decide.
            Optional<String> busy = status.flatMap(InstanceStatus::confirmation).map(Sync::busy);
            if (busy.isPresent()) {
                differences.add(busy.get());
                // After a roll-back the version in force is known, and new cgroups join it.
                boolean join = change
                        && difference.joins()
                        && status.filter(InstanceStatus::rolledBack).isPresent();
                Difference.Removed joined = join ? difference.join() : Difference.Removed.noting(List.of());
                List<Failure> failures = new ArrayList<>(places.failures());
                failures.addAll(joined.failures());
                return result(declared, State.DIFFERENT, differences, places, joined.notes(), failures, join);
            }
            List<String> notes = change ? difference.forgetRemoved() : List.of();
            if (places.cgroups().isEmpty()
                    && places.absent().isEmpty()
                    && places.failures().isEmpty()) {
                return result(declared, State.WAITING, List.of(), places, List.of(), places.failures(), false);
            }
            List<Failure> failures = new ArrayList<>(places.failures());
            if (differences.isEmpty() && !places.cgroups().isEmpty()) {
                // Otherwise the apply refuses it.
                matching.require(declared.object().programs().keySet());
            }
            boolean changed =
                    change && !differences.isEmpty() && !places.cgroups().isEmpty();
            if (changed) {
                Difference.Removed removed = difference.remove(admissions.get());
                notes = Stream.concat(notes.stream(), removed.notes().stream()).toList();
                failures.addAll(removed.failures());
                removed.downgrade().ifPresent(versions -> differences.add("a lower version: " + versions));
            }
            differences.addAll(places.absent());
            differences.addAll(difference.kept());
            boolean left = !places.absent().isEmpty()
                    || !failures.isEmpty()
                    || !difference.kept().isEmpty()
                    || !differences.isEmpty() && !changed;
            State state = tooMany ? State.TOO_MANY : left ? State.DIFFERENT : changed ? State.CHANGED : State.IN_FORCE;
            return result(declared, state, differences, places, notes, failures, changed);
        } catch (RuntimeException e) {
            // Whatever is wrong with one policy, the others are brought in force.
            return failed(declared, e);
        }
    }

    private static String busy(InstanceStatus.Confirmation wait) {
        String to = "to generation " + wait.to();
        return wait.stage() == InstanceStatus.Confirmation.Stage.UNCONFIRMED
                ? "unconfirmed: rolls back " + to + "; nothing is changed before ringwall confirm, or the roll-back"
                : "rolled back " + to + "; nothing is changed before ringwall confirm --roll-back, or an apply";
    }

    private static Result result(
            Folder.Declared declared,
            State state,
            List<String> differences,
            Places places,
            List<String> notes,
            List<Failure> failures,
            boolean changed) {
        return new Result(
                declared.declaration().file(),
                Optional.of(declared.name()),
                declared.declaration().required(),
                state,
                differences,
                places.waiting(),
                places.cgroups().stream().map(Cgroup::toString).toList(),
                notes,
                changed,
                failures);
    }
}
