package org.ringwall.bpf.verifier;

import java.util.Optional;
import java.util.OptionalInt;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.kernel.MapFlag;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;

/**
 * What the verifier knows of a map; sizes in bytes.
 *
 * @param readOnly whether programs must not write it
 * @param lock where in a value its `bpf_spin_lock` is
 * @param inner the maps that a map of maps holds
 */
record MapShape(
        String name,
        MapType type,
        int keySize,
        int valueSize,
        boolean readOnly,
        OptionalInt lock,
        Optional<MapShape> inner) {
    /** Bytes of a `struct bpf_spin_lock`. */
    static final int LOCK_SIZE = 4;

    private static final String LOCK = "bpf_spin_lock";

    /** The map of an object with these types. */
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

    /** The array that a loader makes of a data section. */
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

    /** Whether an access of these bytes of a value touches the lock. */
    boolean touchesLock(long from, long to) {
        return lock.isPresent() && from < lock.getAsInt() + LOCK_SIZE && lock.getAsInt() < to;
    }
}
