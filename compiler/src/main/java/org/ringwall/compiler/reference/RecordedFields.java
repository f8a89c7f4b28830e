// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import java.util.EnumMap;
import java.util.Map;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.KeyValue;

/** Section 13: the fields in a record of a request, which are those that a guard sees. */
public final class RecordedFields {
    private RecordedFields() {}

    /**
     * Returns the known fields of a request, of the first subject if it is decided as several;
     * devices and flags are left out.
     */
    public static Map<Field, KeyValue> of(Request request) {
        Map<Field, KeyValue> seen = new EnumMap<>(Field.class);
        FieldResolver.of(request).stream()
                .findFirst()
                .ifPresent(subject -> subject.known().forEach((field, value) -> add(seen, field, value)));
        return seen;
    }

    private static void add(Map<Field, KeyValue> seen, Field field, FieldValue value) {
        if (value instanceof FieldValue.Ip ip) {
            seen.put(field, new KeyValue.OfAddress(ip.address()));
        } else if (value instanceof FieldValue.Number number) {
            seen.put(field, new KeyValue.OfNumber(number.value()));
        } else if (value instanceof FieldValue.Text text) {
            seen.put(field, new KeyValue.OfText(text.known()));
        }
    }
}
