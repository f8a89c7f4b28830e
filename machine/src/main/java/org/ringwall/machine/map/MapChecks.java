// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine.map;

import org.ringwall.bpf.kernel.MapFlag;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;

/**
 * The kernel's requirements on a new map (`map_alloc_check` of each kind). A violation throws
 * {@link IllegalArgumentException}.
 */
final class MapChecks {
    /** The maximum size of a key: MAX_BPF_STACK, because keys are stored on the stack. */
    private static final int MOST_KEY = 512;
    /** PCPU_MIN_UNIT_SIZE. */
    private static final int MOST_PER_CPU = 32 << 10;
    /**
     * The size of a prefix's key: a length of 4 bytes and 1 to 256 bytes (LPM_KEY_SIZE_MIN,
     * LPM_KEY_SIZE_MAX).
     */
    private static final int LEAST_PREFIX_KEY = 5;

    private static final int MOST_PREFIX_KEY = 4 + 256;
    private static final int PAGE = 4096;

    private MapChecks() {}

    static void array(MapSpec spec) {
        that(
                spec.keySize() == 4 && spec.valueSize() > 0 && spec.maxEntries() > 0,
                spec,
                "has keys of 4 bytes, values and elements");
        that((spec.flags() & MapFlag.NO_PREALLOC.bit()) == 0, spec, "is an array, which is allocated before");
        perCpu(spec);
    }

    static void hash(MapSpec spec) {
        that(spec.keySize() > 0 && spec.keySize() <= MOST_KEY, spec, "has keys of 1 to 512 bytes");
        that(spec.valueSize() > 0 && spec.maxEntries() > 0, spec, "has values and elements");
        boolean lru = spec.type() == MapType.LRU_HASH || spec.type() == MapType.LRU_PERCPU_HASH;
        that(!lru || (spec.flags() & MapFlag.NO_PREALLOC.bit()) == 0, spec, "is LRU, which is allocated before");
        perCpu(spec);
    }

    static void trie(MapSpec spec) {
        that(
                spec.keySize() >= LEAST_PREFIX_KEY && spec.keySize() <= MOST_PREFIX_KEY,
                spec,
                "has keys of 5 to 260 bytes");
        that(spec.valueSize() > 0 && spec.maxEntries() > 0, spec, "has values and elements");
        that((spec.flags() & MapFlag.NO_PREALLOC.bit()) != 0, spec, "is a trie, which wants BPF_F_NO_PREALLOC");
    }

    static void outer(MapSpec spec) {
        that(spec.keySize() == 4 && spec.maxEntries() > 0, spec, "has keys of 4 bytes, and elements");
        that(spec.inner().isPresent(), spec, "says what its maps are like");
        that(spec.flags() == 0, spec, "is a map of maps, which has no flags");
    }

    static void ring(MapSpec spec) {
        boolean whole = Integer.bitCount(spec.maxEntries()) == 1 && spec.maxEntries() % PAGE == 0;
        that(
                spec.keySize() == 0 && spec.valueSize() == 0 && spec.flags() == 0,
                spec,
                "is a ring without keys, values and flags");
        that(whole, spec, "has a power of two of bytes, whole pages");
    }

    static void storage(MapSpec spec) {
        that(
                spec.keySize() == 4 && spec.valueSize() > 0 && spec.maxEntries() == 0,
                spec,
                "has keys of 4 bytes, values and no number of elements");
        that((spec.flags() & MapFlag.NO_PREALLOC.bit()) != 0, spec, "is local storage, which wants BPF_F_NO_PREALLOC");
    }

    private static void perCpu(MapSpec spec) {
        that(
                !KeyedMap.perCpu(spec.type()) || spec.valueSize() <= MOST_PER_CPU,
                spec,
                "has values of 32 KiB at most on each CPU");
    }

    private static void that(boolean holds, MapSpec spec, String demand) {
        if (!holds) {
            throw new IllegalArgumentException(
                    "the kernel makes no map %s: one of type %s %s".formatted(spec, spec.type(), demand));
        }
    }
}
