package org.ringwall.machine;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.ringwall.bpf.object.Bytes;

/**
 * What the socket of a run carries.
 *
 * @param values by the name of the storage
 * @param room whether the kernel lets it carry more (net.core.optmem_max)
 * @param shared storages of which this says nothing: there the socket carries what they have for its cookie
 */
public record Stored(Map<String, Bytes> values, boolean room, Set<String> shared) {
    /** A socket that carries nothing yet. */
    public static final Stored NOTHING = new Stored(Map.of(), true, Set.of());

    public Stored {
        values = Map.copyOf(values);
        shared = Set.copyOf(shared);
    }

    /** The same, which says nothing of these storages. */
    public Stored sharing(Set<String> storages) {
        return new Stored(values, room, storages);
    }

    /** The same with this in the storage of that name. */
    public Stored with(String storage, Bytes value) {
        Map<String, Bytes> more = new HashMap<>(values);
        more.put(storage, value);
        return new Stored(more, room, shared);
    }

    /** The same where the kernel has no room for more. */
    public Stored full() {
        return new Stored(values, false, shared);
    }
}
