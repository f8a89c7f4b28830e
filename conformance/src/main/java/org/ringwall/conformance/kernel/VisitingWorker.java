// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A {@link WorkerProcess} in one cgroup for the time of one visit ({@link Visits}). The process is
 * kept for later visits, because a JVM starts slowly on an emulated processor; the most recently
 * used one is taken first. It ends with this JVM.
 */
public final class VisitingWorker implements AutoCloseable {
    private static final Map<Class<?>, Deque<WorkerProcess>> IDLE = new HashMap<>();

    private final Class<?> main;
    private final WorkerProcess worker;

    private VisitingWorker(Class<?> main, WorkerProcess worker) {
        this.main = main;
        this.worker = worker;
    }

    /** Returns a process that has entered the cgroup. Its main class serves {@link Visits}. */
    public static VisitingWorker in(Class<?> main, Path cgroup) {
        WorkerProcess worker = idle(main).orElseGet(() -> WorkerProcess.start(main, ChildCgroup.home()));
        String answer = worker.ask("enter " + cgroup);
        if (!answer.equals("ready")) {
            throw new IllegalStateException(main.getSimpleName() + " did not enter: " + answer);
        }
        return new VisitingWorker(main, worker);
    }

    private static Optional<WorkerProcess> idle(Class<?> main) {
        synchronized (IDLE) {
            return Optional.ofNullable(
                    IDLE.computeIfAbsent(main, key -> new ArrayDeque<>()).poll());
        }
    }

    /** Returns its process id. */
    public long pid() {
        return worker.pid();
    }

    /** Sends a line and returns the answer. */
    public String ask(String line) {
        return worker.ask(line);
    }

    @Override
    public void close() {
        if (!left()) {
            worker.close();
            return;
        }
        synchronized (IDLE) {
            IDLE.computeIfAbsent(main, key -> new ArrayDeque<>()).push(worker);
        }
    }

    private boolean left() {
        try {
            return worker.ask("leave").equals("left");
        } catch (IllegalStateException e) {
            return false; // the process was killed, for example with its cgroup
        }
    }
}
