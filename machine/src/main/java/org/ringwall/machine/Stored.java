// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.ringwall.bpf.object.Bytes;

/**
 * The storage of the socket of a run.
 *
 * @param values by the name of the storage
 * @param room whether the kernel lets it store more (net.core.optmem_max)
 * @param shared storages that are not specified here: for these the socket has their values for its
 *     cookie
 */
public record Stored(Map<String, Bytes> values, boolean room, Set<String> shared) {
    /** A socket without stored values. */
    public static final Stored NOTHING = new Stored(Map.of(), true, Set.of());

    public Stored {
        values = Map.copyOf(values);
        shared = Set.copyOf(shared);
    }

    /** Returns the same storage, with these storages shared. */
    public Stored sharing(Set<String> storages) {
        return new Stored(values, room, storages);
    }

    /** Returns the same storage with this value in the storage of that name. */
    public Stored with(String storage, Bytes value) {
        Map<String, Bytes> more = new HashMap<>(values);
        more.put(storage, value);
        return new Stored(more, room, shared);
    }

    /** Returns the same storage, for which the kernel has no more room. */
    public Stored full() {
        return new Stored(values, false, shared);
    }
}
