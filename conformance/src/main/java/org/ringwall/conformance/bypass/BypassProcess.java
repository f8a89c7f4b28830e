package org.ringwall.conformance.bypass;

import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.ringwall.conformance.kernel.WorkerProcess;

/** A {@link BypassServer} in a cgroup; ends with {@link #close}. */
public final class BypassProcess implements AutoCloseable {
    /** What the policies of the tests deny, done without any way around. */
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
    public static Set<String> ways() {
        Set<String> ids = new TreeSet<>(BypassServer.deeds().keySet());
        ids.remove(STRAIGHT);
        ids.removeIf(id -> id.indexOf(VARIANT) >= 0);
        return ids;
    }

    /** The variants of a way: their names are its id, a colon and what is different about them. */
    public static Set<String> variants(String way) {
        Set<String> ids = new TreeSet<>(BypassServer.deeds().keySet());
        ids.removeIf(id -> !id.startsWith(way + VARIANT));
        return ids;
    }

    /** The names of the calls to the destination "any", which are no ways around a block. */
    public static Set<String> calls() {
        return AnyDrivers.all().keySet();
    }

    /** Starts one that has entered the cgroup `inside` when this returns. */
    public static BypassProcess in(Path inside, Path outside) {
        BypassProcess ways = new BypassProcess(WorkerProcess.start(BypassServer.class, inside, outside));
        End.parse(ways.servant.answer());
        return ways;
    }

    /** Gets ready for a way, to be done while no policy is there; may be refused where the kernel has not what it needs. */
    public End prepare(String way) {
        return End.parse(servant.ask("prepare " + way));
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
