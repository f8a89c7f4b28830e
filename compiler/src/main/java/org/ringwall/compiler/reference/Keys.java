// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import java.util.List;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.Key;
import org.ringwall.compiler.policy.KeyValue;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.U128;

/**
 * Section 12, keys: the value of a field is the one that guards see; absent and unknown fields
 * count as 0.
 */
final class Keys {
    /** The maximum length of a `comm` in a key, without its NUL. */
    private static final int COMM = 15;

    private Keys() {}

    static List<KeyValue> of(Key key, Subject subject) {
        return key.fields().stream().map(field -> value(field, subject)).toList();
    }

    private static KeyValue value(Field field, Subject subject) {
        if (subject.isUnknown(field)) {
            return absent(field);
        }
        return subject.value(field).map(Keys::value).orElseGet(() -> absent(field));
    }

    private static KeyValue value(FieldValue value) {
        if (value instanceof FieldValue.Ip ip) {
            return new KeyValue.OfAddress(ip.address());
        } else if (value instanceof FieldValue.Text text) {
            byte[] bytes = text.known().toArray();
            return new KeyValue.OfText(ByteString.of(bytes, Math.min(COMM, bytes.length)));
        }
        return new KeyValue.OfNumber(((FieldValue.Number) value).value());
    }

    private static KeyValue absent(Field field) {
        if (field.type() == FieldType.ADDRESS) {
            return new KeyValue.OfAddress(Address.ofV6(U128.ZERO));
        }
        return field.type() == FieldType.STRING
                ? new KeyValue.OfText(ByteString.of(new byte[0]))
                : new KeyValue.OfNumber(0);
    }
}
