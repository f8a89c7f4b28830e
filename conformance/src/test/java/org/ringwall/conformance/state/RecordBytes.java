// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.ringwall.bpf.state.EventKind;
import org.ringwall.bpf.state.EventLayout;
import org.ringwall.bpf.state.StructLayout;
import org.ringwall.compiler.policy.KeyValue;
import org.ringwall.compiler.testrunner.Event;
import org.ringwall.compiler.testrunner.KeyBytes;

/**
 * Records in the layout of docs/abi.md section 1, which the host's decoder reads as it does the
 * kernel's.
 */
final class RecordBytes {
    private RecordBytes() {}

    /**
     * Returns the fields of a record in the host's words. The cookie, which is unpredictable,
     * becomes its presence.
     */
    static Map<String, Object> shown(Event event) {
        ByteBuffer bytes = ByteBuffer.allocate(EventLayout.size(event.kind())).order(ByteOrder.nativeOrder());
        bytes.put(EventLayout.HEADER.offset("hook"), (byte) event.hook().attachType());
        bytes.put(EventLayout.HEADER.offset("kind"), (byte) event.kind().number());
        int present = 0;
        for (Map.Entry<String, KeyValue> field : event.fields().entrySet()) {
            present |= EventLayout.bit(event.kind(), field.getKey());
            put(bytes, event.kind(), field.getKey(), field.getValue());
        }
        bytes.putInt(EventLayout.HEADER.offset("present"), present);
        return shown(org.ringwall.loader.state.EventReader.read(bytes.array())
                .orElseThrow()
                .fields());
    }

    /** Returns the fields of a received record likewise. */
    static Map<String, Object> shown(Map<String, Object> fields) {
        Map<String, Object> shown = new LinkedHashMap<>(fields);
        shown.computeIfPresent("cookie", (name, cookie) -> "is there");
        return shown;
    }

    private static void put(ByteBuffer bytes, EventKind kind, String name, KeyValue value) {
        boolean own = kind.layout().members().stream()
                .anyMatch(member -> member.name().equals(name));
        StructLayout struct = own ? kind.layout() : EventLayout.HEADER;
        StructLayout.Member member = struct.member(name);
        int at = member.offset() + (own ? EventLayout.HEADER.size() : 0);
        if (value instanceof KeyValue.OfAddress of) {
            bytes.put(at, KeyBytes.address(of.address()));
        } else if (value instanceof KeyValue.OfText of) {
            bytes.put(at, of.text().toArray());
        } else {
            long number = ((KeyValue.OfNumber) value).number();
            switch (member.size()) {
                case 1 -> bytes.put(at, (byte) number);
                case 2 -> bytes.putShort(at, (short) number);
                case 4 -> bytes.putInt(at, (int) number);
                default -> bytes.putLong(at, number);
            }
        }
    }
}
