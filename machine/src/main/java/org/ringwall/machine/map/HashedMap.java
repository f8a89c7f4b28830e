// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine.map;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.UpdateFlag;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;

/**
 * HASH, LRU_HASH and their per-CPU variants (hashtab.c). A new value of an existing key gets memory
 * of its own, except in per-CPU maps and under BPF_F_LOCK; earlier pointers of programs point to
 * the old one.
 *
 * <p>A full LRU map evicts the least recently used key for a new one; a use is a program's lookup
 * or any update. The kernel approximates that (bpf_lru_list.c): it keeps free elements and lists
 * for each CPU, so it may evict a younger key, and may do so before the map is full.
 */
public final class HashedMap extends KeyedMap {
    /** The least recently used first. */
    private final Map<Bytes, List<Cell>> elements = new LinkedHashMap<>();

    private final boolean lru;

    HashedMap(MapSpec spec, MapHost host, OptionalInt lock) {
        super(spec, host, lock);
        MapChecks.hash(spec);
        this.lru = spec.type() == MapType.LRU_HASH || spec.type() == MapType.LRU_PERCPU_HASH;
    }

    /** Returns the number of keys. */
    public int size() {
        return elements.size();
    }

    @Override
    public List<Entry> entries() {
        List<Entry> all = new ArrayList<>();
        elements.forEach((key, cells) -> all.add(entry(key.toArray(), cells)));
        return all;
    }

    @Override
    Optional<List<Cell>> element(byte[] key, boolean use) {
        Bytes at = Bytes.of(key);
        Optional<List<Cell>> found = Optional.ofNullable(elements.get(at));
        if (use && lru) {
            found.ifPresent(cells -> young(at, cells));
        }
        return found;
    }

    /** Updates an element, as `htab_map_update_elem` and its variants. */
    @Override
    Optional<Errno> change(byte[] key, long flags, Filling filling) {
        Bytes at = Bytes.of(key);
        Optional<List<Cell>> old = Optional.ofNullable(elements.get(at));
        Optional<Errno> wrong = checkFlags(flags).or(() -> checkPresence(old.isPresent(), flags));
        if (wrong.isPresent()) {
            return wrong;
        }
        if (old.isEmpty() && elements.size() == spec().maxEntries()) {
            if (!lru) {
                return Optional.of(Errno.E2BIG);
            }
            elements.remove(elements.keySet().iterator().next());
        }
        List<Cell> cells = perCpu() || UpdateFlag.LOCK.in(flags) ? old.orElseGet(this::fresh) : fresh();
        filling.into(cells);
        young(at, cells);
        return Optional.empty();
    }

    @Override
    Optional<Errno> remove(byte[] key) {
        return elements.remove(Bytes.of(key)) == null ? Optional.of(Errno.ENOENT) : Optional.empty();
    }

    private void young(Bytes key, List<Cell> cells) {
        elements.remove(key);
        elements.put(key, cells);
    }
}
