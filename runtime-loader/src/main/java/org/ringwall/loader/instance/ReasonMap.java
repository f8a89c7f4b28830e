// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.model.Monitoring;
import org.ringwall.loader.state.Variables;
import org.ringwall.sys.Fd;

/**
 * The map that stores the reason for monitor mode: an array of one value,
 * `struct ringwall_reason {char text[256]}`.
 */
final class ReasonMap {
    private static final int SIZE = Monitoring.MOST_BYTES + 1;

    private ReasonMap() {}

    /** Creates a map. */
    static Fd create(Bpf bpf, String reason) {
        BtfBuilder types = new BtfBuilder();
        int text = types.array(types.integer("char", BtfType.Encoding.SIGNED, 1), SIZE);
        int value = types.struct("ringwall_reason", SIZE, List.of(new BtfType.Member("text", text, 0, 0)));
        byte[] bytes = Arrays.copyOf(reason.getBytes(StandardCharsets.UTF_8), SIZE);
        return OneValueMap.create(bpf, "ringwall_reason", types, value, bytes);
    }

    /** Returns the text in a map; empty if it is another kind of map. */
    static String read(Bpf bpf, Fd map) {
        return OneValueMap.read(bpf, map, SIZE).map(Variables::text).orElse("");
    }
}
