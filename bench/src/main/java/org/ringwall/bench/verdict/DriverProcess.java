// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.verdict;

import java.nio.file.Path;
import java.util.List;
import org.ringwall.bench.rules.Key;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.WorkerProcess;

/** A {@link Driver} in its own cgroup, with a folder for its keys. */
public final class DriverProcess implements AutoCloseable {
    private final KeyFolder folder;
    private final ChildCgroup home;
    private final WorkerProcess worker;

    public DriverProcess() {
        this.folder = new KeyFolder();
        this.home = ChildCgroup.make();
        this.worker = WorkerProcess.start(Driver.class, home.path(), folder.path());
        if (!worker.answer().equals("ready")) {
            throw new IllegalStateException("the driver did not start");
        }
    }

    /** Passes a set of keys to the driver and returns its number. */
    public int keys(String name, List<Key> keys) {
        return number(worker.ask("keys " + folder.write(name, keys)));
    }

    /** Creates sockets in a cgroup and returns the number of the slot. */
    public int slot(Path cgroup) {
        return number(worker.ask("slot " + cgroup));
    }

    /** Closes the sockets of a slot, and makes the process leave its cgroup. */
    void leave(int slot) {
        worker.ask("leave " + slot);
    }

    /** Makes the call of each key once and returns whether the hook allowed it. */
    public List<Boolean> check(int slot, int set) {
        return worker.ask("check " + slot + " " + set)
                .chars()
                .mapToObj(digit -> digit == '0')
                .toList();
    }

    /**
     * Makes `count` calls, each with one of the first `span` keys, and returns how many differed
     * from the check.
     */
    public int run(int slot, int set, int count, long seed, int span) {
        return Integer.parseInt(worker.ask("run " + slot + " " + set + " " + count + " " + seed + " " + span));
    }

    /** Makes the call of each key and returns what is observed afterwards ({@link Calls#found}). */
    public List<String> found(int slot, int set) {
        return List.of(worker.ask("found " + slot + " " + set).split(" "));
    }

    /**
     * Makes a TCP connection over loopback and returns its settings: TCP_USER_TIMEOUT, a `/`, and
     * `ecn` or `none`.
     */
    public String tuned(int slot) {
        return worker.ask("tuned " + slot);
    }

    /**
     * Makes `count` TCP connections over loopback, both ends in the slot, and returns how many were
     * established.
     */
    public int connections(int slot, int count) {
        return Integer.parseInt(worker.ask("connections " + slot + " " + count));
    }

    /** Pins the process to one CPU. */
    public void pin(int cpu) {
        worker.ask("pin " + cpu);
    }

    /** Makes the process leave all cgroups and discard all keys. */
    public void reset() {
        worker.ask("reset");
    }

    private static int number(String answer) {
        return Integer.parseInt(answer.substring(answer.indexOf(' ') + 1));
    }

    @Override
    public void close() {
        worker.close();
        home.close();
        folder.close();
    }
}
