// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.util.OptionalLong;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.bpf.MapSpec;
import org.ringwall.loader.bpf.SharedArray;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.sys.Fd;

/**
 * The control word of an instance (docs/abi.md section 2), open for reading and for one change at a
 * time.
 */
public final class ControlWord implements AutoCloseable {
    private static final int LO = 0;
    private static final int HI = 4;
    private static final int MODE = 8;
    private static final int MONITOR_UNTIL = 16;

    /** The top bit of `lo`: the instance may be in monitor mode. */
    private static final int MONITOR = 1 << 31;

    /** The highest generation number. */
    public static final int LAST_GENERATION = ~MONITOR;

    private final Fd map;
    private final SharedArray memory;

    private ControlWord(Fd map, SharedArray memory) {
        this.map = map;
        this.memory = memory;
    }

    /** Takes over the descriptor of a control map. */
    public static ControlWord of(Bpf bpf, Fd map) {
        try {
            check(bpf.mapInfo(map));
            return new ControlWord(map, bpf.mapShared(map, PolicyObject.CONTROL_SIZE));
        } catch (RuntimeException e) {
            map.close();
            throw e;
        }
    }

    /** The name of control maps that this loader creates. */
    public static final String NAME = "ringwall_ctl";

    /** Returns whether a map has the form of a control map. No other map of a policy has it. */
    static boolean isOne(MapInfo info) {
        return info.type() == MapSpec.ARRAY
                && info.valueSize() == PolicyObject.CONTROL_SIZE
                && info.maxEntries() == 1
                && (info.flags() & MapSpec.MAPPABLE) != 0;
    }

    private static void check(MapInfo info) {
        if (!isOne(info)) {
            throw new HostException(
                    "the object pinned as the control map is not a control map",
                    "find out which process changed the pins under " + BpffsPins.MOUNT);
        }
    }

    public Fd map() {
        return map;
    }

    /** Returns the oldest generation that decides. */
    public int lo() {
        return memory.load(LO) & LAST_GENERATION;
    }

    /** Returns the newest generation. */
    public int hi() {
        return memory.load(HI);
    }

    /** Stores the oldest generation that decides; the monitor bit is kept. */
    public void lo(int generation) {
        memory.store(LO, memory.load(LO) & MONITOR | generation);
    }

    /**
     * Returns the time, CLOCK_BOOTTIME in ns, at which monitor mode ends by itself; empty if the
     * monitor bit is clear.
     */
    public OptionalLong monitorUntil() {
        return (memory.load(LO) & MONITOR) == 0
                ? OptionalLong.empty()
                : OptionalLong.of(memory.loadLong(MONITOR_UNTIL));
    }

    /**
     * Begins monitor mode, or changes its end. The end is stored last, so that a future end is
     * never visible without the bit. The caller adds the barrier.
     */
    public void monitor(long until) {
        memory.store(MODE, 1);
        memory.store(LO, memory.load(LO) | MONITOR);
        memory.storeLong(MONITOR_UNTIL, until);
    }

    /** Ends monitor mode; clears the end first. The caller adds the barrier. */
    public void enforce() {
        memory.storeLong(MONITOR_UNTIL, 0);
        memory.store(LO, memory.load(LO) & LAST_GENERATION);
        memory.store(MODE, 0);
    }

    /** Clears the mode that an interrupted change has left beside a clear monitor bit. */
    void settleMode() {
        if (monitorUntil().isEmpty() && memory.load(MODE) != 0) {
            memory.store(MODE, 0);
        }
    }

    public void hi(int generation) {
        memory.store(HI, generation);
    }

    @Override
    public void close() {
        memory.close();
        map.close();
    }
}
