// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine.map;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.UpdateFlag;
import org.ringwall.bpf.object.MapSpec;

/**
 * ARRAY and PERCPU_ARRAY: every element exists, initially zero, and is changed in place
 * (arraymap.c).
 */
public final class ArrayMap extends KeyedMap {
    private final Map<Integer, List<Cell>> elements = new HashMap<>();

    ArrayMap(MapSpec spec, MapHost host, OptionalInt lock) {
        super(spec, host, lock);
        MapChecks.array(spec);
    }

    /** Returns the key of this index, on the map's host. */
    public byte[] key(int index) {
        return ByteBuffer.allocate(Integer.BYTES)
                .order(host().order())
                .putInt(index)
                .array();
    }

    @Override
    public List<Entry> entries() {
        List<Entry> all = new ArrayList<>();
        for (int index = 0; index < spec().maxEntries(); index++) {
            all.add(entry(key(index), at(index)));
        }
        return all;
    }

    @Override
    Optional<List<Cell>> element(byte[] key, boolean use) {
        int index = index(key);
        return inside(index) ? Optional.of(at(index)) : Optional.empty();
    }

    /** Updates an element, as `array_map_update_elem`. */
    @Override
    Optional<Errno> change(byte[] key, long flags, Filling filling) {
        int index = index(key);
        if (!known(flags)) {
            return Optional.of(Errno.EINVAL);
        }
        if (!inside(index)) {
            return Optional.of(Errno.E2BIG);
        }
        if (UpdateFlag.NOEXIST.in(flags)) {
            return Optional.of(Errno.EEXIST);
        }
        if (!lockable(flags)) {
            return Optional.of(Errno.EINVAL);
        }
        filling.into(at(index));
        return Optional.empty();
    }

    /** Returns EINVAL, as `array_map_delete_elem`: elements cannot be deleted. */
    @Override
    Optional<Errno> remove(byte[] key) {
        return Optional.of(Errno.EINVAL);
    }

    private List<Cell> at(int index) {
        return elements.computeIfAbsent(index, ignored -> fresh());
    }

    private int index(byte[] key) {
        return ByteBuffer.wrap(key).order(host().order()).getInt();
    }

    private boolean inside(int index) {
        return Integer.compareUnsigned(index, spec().maxEntries()) < 0;
    }
}
