// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.List;
import org.ringwall.bpf.state.KeyLayout;

/** The fields by which a table, a counter or a rate is looked up; empty for a single value. */
public record Key(List<Field> fields) {
    /** The empty key. */
    public static final Key NONE = new Key(List.of());

    public Key {
        fields = List.copyOf(fields);
        fields.forEach(field -> {
            if (!canHold(field)) {
                throw new IllegalArgumentException("`" + field.text() + "` is not part of a key");
            }
        });
        if (fields.stream().distinct().count() != fields.size()) {
            throw new IllegalArgumentException("a field stands twice in " + fields);
        }
    }

    /** Whether a key may contain this field. */
    public static boolean canHold(Field field) {
        return switch (field.type()) {
            case DEVICE, SOCKET_OPTION, BOOL, NUMERAL -> false;
            case STRING -> field == Field.COMM;
            case INT -> field != Field.OPTLEN && field != Field.OPTVAL;
            case ERRNO -> false;
            default -> true;
        };
    }

    /** Whether all requests share one value. */
    public boolean isEmpty() {
        return fields.isEmpty();
    }

    /** Returns the layout in the map with this symbol. */
    public KeyLayout layout(String symbol) {
        return new KeyLayout(
                symbol,
                fields.stream()
                        .map(field -> new KeyLayout.Part(field.text(), kind(field)))
                        .toList());
    }

    private static KeyLayout.Kind kind(Field field) {
        return switch (field.type()) {
            case ADDRESS -> KeyLayout.Kind.ADDRESS;
            case CGROUP, COOKIE, LONG -> KeyLayout.Kind.WIDE;
            case STRING -> KeyLayout.Kind.COMM;
            default -> KeyLayout.Kind.NUMBER;
        };
    }
}
