package org.ringwall.bpf.state;

import org.ringwall.bpf.kernel.MapFlag;
import org.ringwall.bpf.object.MapType;

/**
 * The map of a table.
 *
 * @param name in the policy
 * @param max how many keys there may be
 * @param choices how many destinations an entry may have
 */
public record TableLayout(String name, KeyLayout key, int max, int choices) {
    /** The most {@link #choices}. */
    public static final int MOST_CHOICES = 64;

    /** A destination: the address in network order, v4 as v4-mapped; the port in host order. */
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

    /** The struct of its values: `count` destinations, from 1 to {@link #choices}. */
    public StructLayout value() {
        return StructLayout.named("ringwall_choices_" + choices)
                .add("count", StructLayout.Scalar.U32)
                .add("to", new StructLayout.Nested(ENDPOINT), choices)
                .build();
    }

    /** The map. */
    public MapDeclaration map() {
        String symbol = StateNames.table(name);
        return MapDeclaration.exchangeable(
                symbol,
                MapDeclaration.keyed(symbol, MapType.HASH, max, MapFlag.NO_PREALLOC.bit(), key.struct(), value()));
    }
}
