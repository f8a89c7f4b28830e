// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.ringwall.conformance.kernel.WorkerProcess;

/** A {@link BypassServer} in a cgroup; ends with {@link #close}. */
public final class BypassProcess implements AutoCloseable {
    /** What the policies of the tests deny, done without any bypass of. */
    public static final String STRAIGHT = HostDrivers.STRAIGHT;

    private static final char VARIANT = ':';

    private final WorkerProcess servant;

    private BypassProcess(WorkerProcess servant) {
        this.servant = servant;
    }

    /** How far the way led: `errno` 0 if all the way, else that of the call `step`; -1 if the process failed. */
    public record End(int errno, String step) {
        static End parse(String line) {
            int space = line.indexOf(' ');
            return new End(Integer.parseInt(line.substring(0, space)), line.substring(space + 1));
        }
    }

    /** The ids of the ways that it can take. */
    public static Set<String> bypasses() {
        Set<String> ids = new TreeSet<>(BypassServer.drivers().keySet());
        ids.remove(STRAIGHT);
        ids.removeIf(id -> id.indexOf(VARIANT) >= 0);
        return ids;
    }

    /** The variants of a way: their names are its id, a colon and what is different about them. */
    public static Set<String> variants(String bypass) {
        Set<String> ids = new TreeSet<>(BypassServer.drivers().keySet());
        ids.removeIf(id -> !id.startsWith(bypass + VARIANT));
        return ids;
    }

    /** The names of the calls to the destination "any", which are no bypasses of a block. */
    public static Set<String> calls() {
        return AnyDrivers.all().keySet();
    }

    /** Starts one that has entered the cgroup `inside` when this returns. */
    public static BypassProcess in(Path inside, Path outside) {
        BypassProcess bypasses = new BypassProcess(WorkerProcess.start(BypassServer.class, inside, outside));
        End.parse(bypasses.servant.answer());
        return bypasses;
    }

    /** Gets ready for a way, to be done while no policy is there; may be refused where the kernel has not what it needs. */
    public End prepare(String bypass) {
        return End.parse(servant.ask("prepare " + bypass));
    }

    /** Takes the way that was prepared last. */
    public End take() {
        return End.parse(servant.ask("take"));
    }

    @Override
    public void close() {
        servant.close();
    }
}
