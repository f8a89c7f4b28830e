package org.ringwall.compiler.check;

import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldType;

/** What belongs at a place: what stands there is compared with `name`, which has this type. */
record Expected(String name, FieldType type) {
    static Expected of(Field field) {
        return new Expected(field.text(), field.type());
    }

    Kind kind() {
        return Kind.of(type);
    }

    /** Words that can stand here, for a help line. */
    String help() {
        return switch (type) {
            case ADDRESS -> "write an address, as in `192.0.2.1` or `2001:db8::1`";
            case PORT -> "write a port, 0..65535";
            case PROTOCOL, SOCKET_TYPE, FAMILY, DEVICE_TYPE, PACKET_TYPE ->
                "write one of `%s`".formatted(String.join("`, `", Constants.words(type)));
            case ID -> "write the number of the user or group; names differ from host to host";
            case INT, BYTE -> "write a number, 0..%d".formatted(type.max());
            case DEVICE -> "write a path, as in `\"/dev/null\"`, or a type and a number, as in `char 1:3`";
            case BOOL -> "write `%s` or `not %s`".formatted(name, name);
            case STRING -> "write the path below `/proc/sys` in quotes, as in `\"kernel/hostname\"`";
        };
    }
}
