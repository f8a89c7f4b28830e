// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * A handler that receives signals of this process in place of their default actions until it is
 * closed. A signal that was ignored when the process began, such as HUP under nohup(1), stays
 * ignored.
 *
 * <p>The JVM keeps ILL, FPE, SEGV and QUIT for itself and has no names for real-time signals. BUS,
 * TRAP, SYS, PIPE, CHLD and XFSZ report actions of the JVM itself. TTIN and TTOU keep their default
 * action, which stops the process.
 */
public final class Signals implements AutoCloseable {
    public static final int HUP = 1;
    public static final int INT = 2;
    public static final int TERM = 15;
    public static final int CONT = 18;
    public static final int STOP = 19;
    public static final int TSTP = 20;
    public static final int TTIN = 21;
    public static final int TTOU = 22;
    public static final int WINCH = 28;

    private static final long SETTLE_MS = 50;

    private static final List<String> CAUGHT = List.of(
            "HUP", "INT", "TERM", "USR1", "USR2", "ALRM", "WINCH", "CONT", "TSTP", "URG", "POLL", "PWR", "VTALRM",
            "PROF", "XCPU", "STKFLT", "ABRT");

    /** The handlers that {@link #caught} has installed, as opposed to those of the JVM. */
    private static final Set<SignalHandler> OURS = ConcurrentHashMap.newKeySet();

    private final Map<Signal, SignalHandler> before = new ConcurrentHashMap<>();
    private final IntConsumer handler;

    private Signals(IntConsumer handler) {
        this.handler = handler;
    }

    /**
     * Begins to pass signals to the handler by their numbers, each on a thread of its own. After
     * it, a handler that was there before receives them, too.
     */
    public static Signals caught(IntConsumer handler) {
        Signals signals = new Signals(handler);
        SignalHandler own = signals::deliver;
        OURS.add(own);
        for (String name : CAUGHT) {
            Signal signal = new Signal(name);
            SignalHandler old = Signal.handle(signal, own);
            if (old.equals(SignalHandler.SIG_IGN)) {
                Signal.handle(signal, SignalHandler.SIG_IGN);
            } else {
                signals.before.put(signal, old);
            }
        }
        return signals;
    }

    private void deliver(Signal signal) {
        handler.accept(signal.getNumber());
        SignalHandler outer = before.get(signal);
        if (outer != null && OURS.contains(outer)) {
            outer.handle(signal);
        }
    }

    /**
     * Runs an action, which sends TSTP, TTIN or TTOU to this process, while they have their default
     * action.
     * Returns when the process has been continued. A process group without a parent in its session
     * does not stop.
     */
    public static void withDefaultStop(Runnable action) {
        Signal stop = new Signal("TSTP");
        SignalHandler handler = Signal.handle(stop, SignalHandler.SIG_DFL);
        try {
            action.run();
            // Another thread may receive the signal; all threads stop then, including this one
            // during its sleep.
            Thread.sleep(SETTLE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            Signal.handle(stop, handler);
        }
    }

    @Override
    public void close() {
        before.forEach(Signal::handle);
    }
}
