package org.ringwall.machine;

import java.util.HashMap;
import java.util.Map;
import org.ringwall.bpf.object.Bytes;

/**
 * What the socket of a run carries.
 *
 * @param values by the name of the storage
 * @param room whether the kernel lets it carry more (net.core.optmem_max)
 */
public record Stored(Map<String, Bytes> values, boolean room) {
    /** A socket that carries nothing yet. */
    public static final Stored NOTHING = new Stored(Map.of(), true);

    public Stored {
        values = Map.copyOf(values);
    }

    /** The same with this in the storage of that name. */
    public Stored with(String storage, Bytes value) {
        Map<String, Bytes> more = new HashMap<>(values);
        more.put(storage, value);
        return new Stored(more, room);
    }

    /** The same where the kernel has no room for more. */
    public Stored full() {
        return new Stored(values, false);
    }
}
