package org.ringwall.loader.apply;

import java.util.OptionalLong;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.bpf.MapSpec;
import org.ringwall.loader.bpf.SharedArray;
import org.ringwall.loader.sys.Fd;

/** An instance's control word (docs/abi.md section 2), open for reading and for one change at a time. */
final class ControlWord implements AutoCloseable {
    private static final int LO = 0;
    private static final int HI = 4;
    private static final int MODE = 8;
    private static final int MONITOR_UNTIL = 16;

    /** The top bit of `lo`: the instance may be in monitor mode. */
    private static final int MONITOR = 1 << 31;

    /** The last generation there can be. */
    static final int LAST_GENERATION = ~MONITOR;

    private final Fd map;
    private final SharedArray memory;

    private ControlWord(Fd map, SharedArray memory) {
        this.map = map;
        this.memory = memory;
    }

    /** Takes over the descriptor of a control map. */
    static ControlWord of(Bpf bpf, Fd map) {
        try {
            check(bpf.mapInfo(map));
            return new ControlWord(map, bpf.mapShared(map, PolicyObject.CONTROL_SIZE));
        } catch (RuntimeException e) {
            map.close();
            throw e;
        }
    }

    /** Whether a map is made as control maps are. Of those that a program uses one is. */
    static boolean isOne(MapInfo info) {
        return info.type() == MapSpec.ARRAY
                && info.valueSize() == PolicyObject.CONTROL_SIZE
                && info.maxEntries() == 1
                && (info.flags() & MapSpec.MAPPABLE) != 0;
    }

    private static void check(MapInfo info) {
        if (!isOne(info)) {
            throw new HostException(
                    "what is pinned as the control map is none",
                    "find out who changed the pins under " + BpffsPins.MOUNT);
        }
    }

    /** The map, for programs to refer to. */
    Fd map() {
        return map;
    }

    /** The oldest generation that decides. */
    int lo() {
        return memory.load(LO) & LAST_GENERATION;
    }

    /** The newest generation. */
    int hi() {
        return memory.load(HI);
    }

    /** Stores the oldest generation that decides; the bit of monitor mode stays. */
    void lo(int generation) {
        memory.store(LO, memory.load(LO) & MONITOR | generation);
    }

    /** The time, CLOCK_BOOTTIME in ns, at which monitor mode ends by itself; empty where programs do not look at it. */
    OptionalLong monitorUntil() {
        return (memory.load(LO) & MONITOR) == 0
                ? OptionalLong.empty()
                : OptionalLong.of(memory.loadLong(MONITOR_UNTIL));
    }

    /**
     * Begins monitor mode, or gives it another end: the end last, so that no end lies ahead where there is no bit. The caller adds
     * the barrier.
     */
    void monitor(long until) {
        memory.store(MODE, 1);
        memory.store(LO, memory.load(LO) | MONITOR);
        memory.storeLong(MONITOR_UNTIL, until);
    }

    /** Ends monitor mode: the end first. The caller adds the barrier. */
    void enforce() {
        memory.storeLong(MONITOR_UNTIL, 0);
        memory.store(LO, memory.load(LO) & LAST_GENERATION);
        memory.store(MODE, 0);
    }

    void hi(int generation) {
        memory.store(HI, generation);
    }

    @Override
    public void close() {
        memory.close();
        map.close();
    }
}
