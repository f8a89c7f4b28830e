package org.ringwall.conformance.kernel;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A {@link Servant} for the length of one visit to a cgroup ({@link Visits}). The process is kept for the next visit, since
 * a JVM takes some ten seconds to start where the processor is emulated; the one that left last goes first. It ends with this JVM.
 */
public final class VisitingServant implements AutoCloseable {
    private static final Map<Class<?>, Deque<Servant>> IDLE = new HashMap<>();

    private final Class<?> main;
    private final Servant servant;

    private VisitingServant(Class<?> main, Servant servant) {
        this.main = main;
        this.servant = servant;
    }

    /** One that is in the cgroup when this returns; its main class serves {@link Visits}. */
    public static VisitingServant in(Class<?> main, Path cgroup) {
        Servant servant = idle(main).orElseGet(() -> Servant.start(main, ChildCgroup.home()));
        String answer = servant.ask("enter " + cgroup);
        if (!answer.equals("ready")) {
            throw new IllegalStateException(main.getSimpleName() + " did not enter: " + answer);
        }
        return new VisitingServant(main, servant);
    }

    private static Optional<Servant> idle(Class<?> main) {
        synchronized (IDLE) {
            return Optional.ofNullable(
                    IDLE.computeIfAbsent(main, key -> new ArrayDeque<>()).poll());
        }
    }

    /** Its process id. */
    public long pid() {
        return servant.pid();
    }

    /** What it says to this. */
    public String ask(String line) {
        return servant.ask(line);
    }

    @Override
    public void close() {
        if (!left()) {
            servant.close();
            return;
        }
        synchronized (IDLE) {
            IDLE.computeIfAbsent(main, key -> new ArrayDeque<>()).push(servant);
        }
    }

    private boolean left() {
        try {
            return servant.ask("leave").equals("left");
        } catch (IllegalStateException e) {
            return false; // it was killed, as with its cgroup
        }
    }
}
