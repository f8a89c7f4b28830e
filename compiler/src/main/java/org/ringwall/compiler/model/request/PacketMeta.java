// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.model.request;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;

/**
 * The kernel's metadata of a packet, unsigned 32 bits each.
 *
 * @param numbers those that are not 0, by their names in `__sk_buff`
 */
public record PacketMeta(Map<String, Long> numbers) {
    private static final String SEGMENT_SIZE = "gso_size";
    private static final String SEGMENTS = "gso_segs";

    public PacketMeta {
        numbers.keySet().forEach(ContextStruct.SK_BUFF::require);
        Map<String, Long> present = new TreeMap<>(numbers);
        present.values().removeIf(value -> value == 0);
        numbers = Collections.unmodifiableMap(present);
    }

    /**
     * Returns the metadata of a packet to this host on interface 1, without a mark; at egress the
     * ingress interface is 0.
     */
    public static PacketMeta plain(Hook hook) {
        return new PacketMeta(Map.of("ifindex", 1L, "ingress_ifindex", hook == Hook.SKB_INGRESS ? 1L : 0L));
    }

    /** Returns the number with this name in `__sk_buff`. */
    public long number(String name) {
        return numbers.getOrDefault(name, 0L);
    }

    /** Returns the metadata with another value of the number with this name in `__sk_buff`. */
    public PacketMeta with(String name, long value) {
        Map<String, Long> changed = new TreeMap<>(numbers);
        changed.put(name, value);
        return new PacketMeta(changed);
    }

    /**
     * Returns the metadata of a packet that will be segmented, with this many bytes of payload in a
     * segment.
     */
    public PacketMeta withSegments(long size, long count) {
        return with(SEGMENT_SIZE, size).with(SEGMENTS, count);
    }

    /** Returns the payload of a segment if the packet will be segmented, else 0. */
    public long segmentSize() {
        return number(SEGMENT_SIZE);
    }

    /** Returns the number of segments as counted by the kernel; 0 if it has not counted them. */
    public long segments() {
        return number(SEGMENTS);
    }
}
