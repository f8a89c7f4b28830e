// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine.map;

import java.util.OptionalInt;
import java.util.Set;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.kernel.MapFlag;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;

/** The locks in the values of maps (`btf_find_spin_lock` and `map_check_btf`). */
final class SpinLocks {
    private static final String NAME = "bpf_spin_lock";
    private static final Set<MapType> ALLOWED = Set.of(MapType.HASH, MapType.ARRAY, MapType.SK_STORAGE);

    private SpinLocks() {}

    /**
     * Returns the offset of the lock in bytes; empty if there is none.
     *
     * @throws IllegalArgumentException if the kernel rejects the lock
     */
    static OptionalInt offset(MapSpec map, Btf types) {
        if (map.valueType().isEmpty()
                || !(types.type(types.strip(map.valueType().getAsInt())) instanceof BtfType.Composite struct)) {
            return OptionalInt.empty();
        }
        OptionalInt found = OptionalInt.empty();
        for (BtfType.Member member : struct.members()) {
            if (isLock(types, member)) {
                check(found.isEmpty(), map, "has one lock at most");
                check(member.bitOffset() % (8 * Cell.LOCK_SIZE) == 0, map, "has its lock at a multiple of 4 bytes");
                found = OptionalInt.of(Math.toIntExact(member.bitOffset() / 8));
            }
        }
        if (found.isPresent()) {
            check(ALLOWED.contains(map.type()), map, "has no lock in its values");
            check((map.flags() & MapFlag.RDONLY_PROG.bit()) == 0, map, "has no lock where programs only read");
        }
        return found;
    }

    private static boolean isLock(Btf types, BtfType.Member member) {
        int id = types.strip(member.type());
        return id != 0
                && types.type(id) instanceof BtfType.Composite struct
                && struct.name().equals(NAME)
                && struct.size() == Cell.LOCK_SIZE;
    }

    private static void check(boolean holds, MapSpec map, String demand) {
        if (!holds) {
            throw new IllegalArgumentException("map `%s` of type %s %s".formatted(map.name(), map.type(), demand));
        }
    }
}
