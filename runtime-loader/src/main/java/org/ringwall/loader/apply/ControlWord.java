package org.ringwall.loader.apply;

import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.bpf.MapSpec;
import org.ringwall.loader.bpf.SharedArray;
import org.ringwall.loader.sys.Fd;

/** An instance's control word (docs/abi.md section 2), open for reading and for one change at a time. */
final class ControlWord implements AutoCloseable {
    private static final int LO = 0;
    private static final int HI = 4;

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

    private static void check(MapInfo info) {
        boolean ours = info.type() == MapSpec.ARRAY
                && info.valueSize() == PolicyObject.CONTROL_SIZE
                && info.maxEntries() == 1
                && (info.flags() & MapSpec.MAPPABLE) != 0;
        if (!ours) {
            throw new HostException(
                    "what is pinned as the control map is none",
                    "find out who changed the pins under " + BpffsPins.MOUNT);
        }
    }

    /** The map, for programs to refer to. */
    Fd map() {
        return map;
    }

    /** The oldest generation that decides; unsigned. */
    int lo() {
        return memory.load(LO);
    }

    /** The newest generation; unsigned. */
    int hi() {
        return memory.load(HI);
    }

    void lo(int generation) {
        memory.store(LO, generation);
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
