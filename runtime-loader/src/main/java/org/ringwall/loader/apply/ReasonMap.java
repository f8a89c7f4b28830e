// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.btf.BtfWriter;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.MapSpec;
import org.ringwall.loader.sys.Fd;

/**
 * The map that stores the reason for monitor mode: an array of one value,
 * `struct ringwall_reason {char text[256]}`.
 */
final class ReasonMap {
    private static final int SIZE = Monitoring.MOST_BYTES + 1;
    private static final byte[] FIRST = new byte[Integer.BYTES];

    private ReasonMap() {}

    /** Creates a map. */
    static Fd create(Bpf bpf, String reason) {
        BtfBuilder types = new BtfBuilder();
        int key = types.integer("unsigned int", BtfType.Encoding.UNSIGNED, Integer.BYTES);
        int text = types.array(types.integer("char", BtfType.Encoding.SIGNED, 1), SIZE);
        int value = types.struct("ringwall_reason", SIZE, List.of(new BtfType.Member("text", text, 0, 0)));
        try (Fd btf = bpf.btfLoad(BtfWriter.write(types.build(), ByteOrder.nativeOrder()))) {
            Fd map = bpf.mapCreate(MapSpec.array("ringwall_reason", SIZE, 1, 0).typed(btf, key, value));
            try {
                bpf.mapUpdate(map, FIRST, Arrays.copyOf(reason.getBytes(StandardCharsets.UTF_8), SIZE));
                return map;
            } catch (RuntimeException e) {
                map.close();
                throw e;
            }
        }
    }

    /** Returns the text in a map. */
    static String read(Bpf bpf, Fd map) {
        byte[] text = bpf.mapLookup(map, FIRST, SIZE).orElse(new byte[0]);
        int end = 0;
        while (end < text.length && text[end] != 0) {
            end++;
        }
        return new String(text, 0, end, StandardCharsets.UTF_8);
    }
}
