// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.run;

import org.ringwall.sys.Call;
import org.ringwall.sys.Child;
import org.ringwall.sys.Signals;
import org.ringwall.sys.Syscalls;

/**
 * A command without a controlling terminal. The terminal of this process sends its signals to this
 * process alone; they are passed on to the whole process group of the command.
 */
final class PlainChild implements RunChild {
    private final Syscalls syscalls;
    private final Child child;

    PlainChild(Syscalls syscalls, Child child) {
        this.syscalls = syscalls;
        this.child = child;
    }

    @Override
    public int await() {
        return child.await();
    }

    @Override
    public void signal(int signal) {
        switch (signal) {
            case Signals.TSTP -> {
                // The kernel discards TSTP in a process group without a parent in its session.
                child.signalGroup(Signals.STOP);
                Signals.withDefaultStop(
                        () -> syscalls.call(Call.KILL, ProcessHandle.current().pid(), Signals.TSTP, 0, 0, 0, 0));
            }
            case Signals.HUP, Signals.INT, Signals.CONT -> child.signalGroup(signal);
            default -> child.signal(signal);
        }
    }

    @Override
    public void close() {
        child.close();
    }
}
