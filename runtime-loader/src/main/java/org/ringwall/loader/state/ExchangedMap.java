package org.ringwall.loader.state;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Optional;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.bpf.MapSpec;
import org.ringwall.loader.sys.Fd;

/** The one map in an array of maps, which can be exchanged for another at an instant for every program. */
public final class ExchangedMap {
    private static final byte[] FIRST = new byte[Integer.BYTES];

    private final Bpf bpf;
    private final Fd outer;

    /** The array, which stays the caller's. */
    public ExchangedMap(Bpf bpf, Fd outer) {
        this.bpf = bpf;
        this.outer = outer;
    }

    /** Opens the map that programs look into now; empty where another loader put none there. */
    public Optional<Fd> open() {
        return bpf.mapLookup(outer, FIRST, Integer.BYTES)
                .map(id -> bpf.mapById(
                        ByteBuffer.wrap(id).order(ByteOrder.nativeOrder()).getInt()));
    }

    /** The same where our loader made it. */
    Fd inner() {
        return open().orElseThrow(() -> new EntryException(
                "the set's map holds no map, which ringwall never leaves so", "apply the policy again"));
    }

    /** An empty map of the same kind as the one that is there, not in force yet. */
    Fd another() {
        try (Fd now = inner()) {
            MapInfo info = bpf.mapInfo(now);
            MapSpec spec = new MapSpec(
                    info.name(),
                    info.type(),
                    info.keySize(),
                    info.valueSize(),
                    info.maxEntries(),
                    info.flags(),
                    Optional.empty(),
                    Optional.empty());
            if (info.btf() == 0) {
                return bpf.mapCreate(spec);
            }
            try (Fd types = bpf.openBtf(info.btf())) {
                return bpf.mapCreate(spec.typed(types, info.keyType(), info.valueType()));
            }
        }
    }

    /**
     * Puts these entries in the place of all that are there, at one instant for every program. Whatever is refused or killed before
     * that instant, the entries are those that were there.
     */
    void rewrite(Map<ByteBuffer, byte[]> content) {
        try (Fd fresh = another()) {
            MapEntries.fill(bpf, fresh, content);
            exchange(fresh);
        }
    }

    /** Puts a map in the place of the one that is there; a run that began before looks into either until it ends. */
    public void exchange(Fd inner) {
        byte[] number = ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(inner.number())
                .array();
        bpf.mapUpdate(outer, FIRST, number);
    }
}
