// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.ringwall.conformance.kernel.WorkerProcess;

/** A {@link BypassServer} in a cgroup; {@link #close} ends it. */
public final class BypassProcess implements AutoCloseable {
    /**
     * The id of the control case: what the policies of the tests deny, done without any bypass.
     */
    public static final String STRAIGHT = HostDrivers.STRAIGHT;

    private static final char VARIANT = ':';

    private final WorkerProcess worker;

    private BypassProcess(WorkerProcess worker) {
        this.worker = worker;
    }

    /**
     * How far the bypass got: `errno` is 0 if it got through, -1 if the process failed, and
     * otherwise the error of the call `step`.
     */
    public record End(int errno, String step) {
        static End parse(String line) {
            int space = line.indexOf(' ');
            return new End(Integer.parseInt(line.substring(0, space)), line.substring(space + 1));
        }
    }

    /** Returns the ids of the bypasses that the process can perform. */
    public static Set<String> bypasses() {
        Set<String> ids = new TreeSet<>(BypassServer.drivers().keySet());
        ids.remove(STRAIGHT);
        ids.removeIf(id -> id.indexOf(VARIANT) >= 0);
        return ids;
    }

    /** Returns the variants of a bypass. Their names are its id, a colon and the difference. */
    public static Set<String> variants(String bypass) {
        Set<String> ids = new TreeSet<>(BypassServer.drivers().keySet());
        ids.removeIf(id -> !id.startsWith(bypass + VARIANT));
        return ids;
    }

    /**
     * Returns the names of the calls to the destination "any", which are not bypasses of a block.
     */
    public static Set<String> calls() {
        return AnyDrivers.all().keySet();
    }

    /** Starts a process, which has entered the cgroup `inside` when this returns. */
    public static BypassProcess in(Path inside, Path outside) {
        BypassProcess bypasses = new BypassProcess(WorkerProcess.start(BypassServer.class, inside, outside));
        End.parse(bypasses.worker.answer());
        return bypasses;
    }

    /**
     * Prepares a bypass; no policy may be in force. The preparation may be refused if the kernel
     * lacks what the bypass needs.
     */
    public End prepare(String bypass) {
        return End.parse(worker.ask("prepare " + bypass));
    }

    /** Performs the bypass that was prepared last. */
    public End take() {
        return End.parse(worker.ask("take"));
    }

    @Override
    public void close() {
        worker.close();
    }
}
