// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.DeviceKind;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.IpProtocol;
import org.ringwall.bpf.kernel.SocketLevel;
import org.ringwall.bpf.kernel.SocketOption;
import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.compiler.policy.FieldType;

/** Values of fields in the words of the language: `tcp` instead of 6. */
final class ValueText {
    /** PACKET_HOST, PACKET_BROADCAST, … in the order of their numbers. */
    private static final List<String> PACKET_TYPES = List.of("host", "broadcast", "multicast", "otherhost", "outgoing");

    private ValueText() {}

    /** Returns the word for a value, or its number if the language has no word for it. */
    static String of(FieldType type, FieldValue value) {
        return value instanceof FieldValue.Number number && number.value() >= 0
                ? word(type, number.value()).orElseGet(number::toString)
                : value.toString();
    }

    private static Optional<String> word(FieldType type, long value) {
        int number = (int) value;
        return switch (type) {
            case SOCKET_OPTION ->
                SocketOption.of((int) (value >>> Integer.SIZE), number).map(Enum::name);
            case PROTOCOL -> IpProtocol.of(number).map(IpProtocol::word);
            case SOCKET_TYPE -> SocketType.of(number).map(SocketType::word);
            case FAMILY -> AddressFamily.of(number).map(family -> family.name().toLowerCase(Locale.ROOT));
            case DEVICE_TYPE -> DeviceKind.of(number).map(DeviceKind::word);
            case PACKET_TYPE -> number < PACKET_TYPES.size() ? Optional.of(PACKET_TYPES.get(number)) : Optional.empty();
            case SOCKET_LEVEL ->
                SocketLevel.of(number).map(level -> level.names().get(0));
            case ERRNO -> Errno.of(number).map(Errno::name);
            case BOOL -> Optional.of(number == 0 ? "false" : "true");
            default -> Optional.empty();
        };
    }
}
