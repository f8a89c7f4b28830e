// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.verifier;

import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.object.MapType;

/**
 * The combinations of helpers and maps that the kernel permits: check_map_func_compatibility and
 * record_func_map in kernel/bpf/verifier.c, as far as programs need them.
 */
final class MapHelpers {
    private MapHelpers() {}

    static boolean takes(Helper helper, MapShape map) {
        return switch (helper) {
            case MAP_LOOKUP_ELEM ->
                plain(map.type()) || map.type().holdsMaps() && map.inner().isPresent();
            case MAP_UPDATE_ELEM -> plain(map.type()) && !map.readOnly();
            case MAP_DELETE_ELEM -> plain(map.type()) && !map.readOnly();
            case MAP_LOOKUP_PERCPU_ELEM -> perCpu(map.type());
            case SK_STORAGE_GET, SK_STORAGE_DELETE -> map.type() == MapType.SK_STORAGE;
            case RINGBUF_RESERVE, RINGBUF_OUTPUT, RINGBUF_QUERY -> map.type() == MapType.RINGBUF;
            default -> false;
        };
    }

    private static boolean perCpu(MapType type) {
        return type == MapType.PERCPU_ARRAY || type == MapType.PERCPU_HASH || type == MapType.LRU_PERCPU_HASH;
    }

    private static boolean plain(MapType type) {
        return perCpu(type)
                || type == MapType.ARRAY
                || type == MapType.HASH
                || type == MapType.LRU_HASH
                || type == MapType.LPM_TRIE;
    }
}
