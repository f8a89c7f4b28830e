// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.state;

import org.ringwall.bpf.kernel.MapFlag;
import org.ringwall.bpf.object.MapType;

/**
 * The map of a table.
 *
 * @param name in the policy
 * @param max the maximum number of keys
 * @param choices the maximum number of destinations of an entry
 */
public record TableLayout(String name, KeyLayout key, int max, int choices) {
    /** The maximum of {@link #choices}. */
    public static final int MOST_CHOICES = 64;

    /**
     * A destination: the address in network byte order, IPv4 as IPv4-mapped; the port in host byte
     * order.
     */
    public static final StructLayout ENDPOINT = StructLayout.named("ringwall_endpoint")
            .add("address", StructLayout.Scalar.U8, 16)
            .add("port", StructLayout.Scalar.U32)
            .add("pad", StructLayout.Scalar.U32)
            .build();

    public TableLayout {
        if (key.isEmpty() || max < 1 || choices < 1 || choices > MOST_CHOICES) {
            throw new IllegalArgumentException("table " + name);
        }
    }

    /** Returns the struct of its values: `count` destinations, from 1 to {@link #choices}. */
    public StructLayout value() {
        return StructLayout.named("ringwall_choices_" + choices)
                .add("count", StructLayout.Scalar.U32)
                .add("to", new StructLayout.Nested(ENDPOINT), choices)
                .build();
    }

    /** Returns the map's declaration. */
    public MapDeclaration map() {
        String symbol = StateNames.table(name);
        return MapDeclaration.exchangeable(
                symbol,
                MapDeclaration.keyed(symbol, MapType.HASH, max, MapFlag.NO_PREALLOC.bit(), key.struct(), value()));
    }
}
