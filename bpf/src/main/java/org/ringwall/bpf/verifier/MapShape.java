// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.verifier;

import java.util.Optional;
import java.util.OptionalInt;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.kernel.MapFlag;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;

/**
 * The verifier's knowledge of a map; sizes in bytes.
 *
 * @param readOnly whether programs must not write it
 * @param lock the offset of the `bpf_spin_lock` in a value
 * @param inner the form of the inner maps of a map of maps
 */
record MapShape(
        String name,
        MapType type,
        int keySize,
        int valueSize,
        boolean readOnly,
        OptionalInt lock,
        Optional<MapShape> inner) {
    /** The size of a `struct bpf_spin_lock` in bytes. */
    static final int LOCK_SIZE = 4;

    private static final String LOCK = "bpf_spin_lock";

    /** Returns the form of an object's map with these types. */
    static MapShape of(MapSpec map, Btf types) {
        return new MapShape(
                map.name(),
                map.type(),
                map.keySize(),
                map.valueSize(),
                (map.flags() & MapFlag.RDONLY_PROG.bit()) != 0,
                map.valueType().isPresent() ? lock(map.valueType().getAsInt(), types) : OptionalInt.empty(),
                map.inner().map(inner -> of(inner, types)));
    }

    /** Returns the array that a loader creates for a data section. */
    static MapShape ofData(String name, int size, boolean readOnly) {
        return new MapShape(name, MapType.ARRAY, Integer.BYTES, size, readOnly, OptionalInt.empty(), Optional.empty());
    }

    private static OptionalInt lock(int valueType, Btf types) {
        int stripped = types.strip(valueType);
        if (stripped == 0 || !(types.type(stripped) instanceof BtfType.Composite struct)) {
            return OptionalInt.empty();
        }
        return struct.members().stream()
                .filter(member -> isLock(types, types.strip(member.type())))
                .mapToInt(member -> (int) (member.bitOffset() / Byte.SIZE))
                .findFirst();
    }

    private static boolean isLock(Btf types, int type) {
        return type != 0
                && types.type(type) instanceof BtfType.Composite member
                && member.name().equals(LOCK);
    }

    /** Returns whether an access to these bytes of a value touches the lock. */
    boolean touchesLock(long from, long to) {
        return lock.isPresent() && from < lock.getAsInt() + LOCK_SIZE && lock.getAsInt() < to;
    }
}
