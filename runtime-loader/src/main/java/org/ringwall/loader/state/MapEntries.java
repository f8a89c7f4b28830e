package org.ringwall.loader.state;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.sys.Fd;

/** Goes through a map while others may change it: each key once, those that are there all the time surely. */
public final class MapEntries {
    /** A key that goes away under the walk begins it anew; a busy map is read as far as it lets itself be read. */
    private static final int RESTARTS = 16;

    private MapEntries() {}

    /** The values by key; {@code valueSize} is what the kernel writes for one, for all CPUs of per-CPU maps. */
    public static Map<ByteBuffer, byte[]> all(Bpf bpf, Fd map, int valueSize) {
        MapInfo info = bpf.mapInfo(map);
        Map<ByteBuffer, byte[]> found = new LinkedHashMap<>();
        long steps = RESTARTS * (Integer.toUnsignedLong(info.maxEntries()) + 1);
        Set<ByteBuffer> gone = new HashSet<>();
        Optional<byte[]> key = bpf.mapNextKey(map, Optional.empty(), info.keySize());
        for (long step = 0; step < steps && key.isPresent(); step++) {
            ByteBuffer name = ByteBuffer.wrap(key.get());
            Optional<byte[]> value = bpf.mapLookup(map, key.get(), valueSize);
            if (value.isPresent()) {
                found.put(name, value.get());
            } else {
                gone.add(name);
            }
            key = bpf.mapNextKey(map, key, info.keySize());
        }
        gone.forEach(found::remove);
        return found;
    }

    /** What the kernel writes for one key of a per-CPU map of such values. */
    public static int perCpu(Bpf bpf, int valueSize) {
        return bpf.possibleCpus() * (valueSize + 7 & -8);
    }
}
