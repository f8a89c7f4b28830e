// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.text;

import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.value.StringPattern;

/** The expected type of a value that is compared with `name`. */
public record Expected(String name, FieldType type, StringPattern.Kind how) {
    public Expected(String name, FieldType type) {
        this(name, type, StringPattern.Kind.EXACT);
    }

    public static Expected of(Field field) {
        return of(field, StringPattern.Kind.EXACT);
    }

    /** Returns the expectation of a string that the field is compared with in this way. */
    public static Expected of(Field field, StringPattern.Kind how) {
        return new Expected(field.text(), field.type(), how);
    }

    /** Reads the string, if it can be compared with the field in this way. */
    public Reading<String> string(String text) {
        return Field.named(name)
                .filter(field -> field.string().isPresent())
                .map(field -> StringText.of(field, how, text))
                .orElseGet(() -> StringText.any(text));
    }

    public ElementKind kind() {
        return ElementKind.of(type);
    }

    /** Returns help for a known word of another type. */
    public String help(String word, FieldType found) {
        boolean isNumberOfOption = found == FieldType.SOCKET_OPTION
                && Field.named(name).filter(Field.OPTNAME::equals).isPresent();
        return isNumberOfOption
                ? "write `option` in place of `optname`: `%s` is a level and a number".formatted(word)
                : help();
    }

    /** Returns help that describes the valid values. */
    public String help() {
        return switch (type) {
            case ADDRESS -> "write an address, as in `192.0.2.1` or `2001:db8::1`";
            case PORT -> "write a port, 0..65535";
            case PROTOCOL, SOCKET_TYPE, FAMILY, DEVICE_TYPE, PACKET_TYPE ->
                "write one of `%s`".formatted(String.join("`, `", Constants.words(type)));
            case SOCKET_OPTION ->
                "write an option by its name in the kernel headers, as in `SO_MARK`, or its level and number, as in `SOL_SOCKET:36`";
            case SOCKET_LEVEL -> "write a level by its name in the kernel headers, as in `SOL_SOCKET`, or its number";
            case ERRNO -> "write an errno, as in `ENOPROTOOPT`, or 0 for success";
            case ID -> "write the number of the user or group; names differ from host to host";
            case CGROUP ->
                "write a param of type `cgroup`, or the cgroup's id, which is the inode number of its directory";
            case COOKIE -> "write a param of type `netns`, or the cookie that the kernel reports";
            case LONG ->
                "write a param of type `int64`, or a number, 0..%s".formatted(Long.toUnsignedString(type.max()));
            case INT, NUMERAL, BYTE -> "write a number, 0..%d".formatted(type.max());
            case DEVICE -> "write a path, as in `\"/dev/null\"`, or a type and a number, as in `char 1:3`";
            case BOOL -> "write `%s` or `not %s`".formatted(name, name);
            case STRING ->
                Field.named(name).filter(Field.PATH::equals).isPresent()
                        ? "write the path in quotes, as in `\"/run/app.sock\"`, or an abstract name, as in `\"@app\"`"
                        : name.equals(Field.NAME.text())
                                ? "write the path below `/proc/sys` in quotes, as in `\"kernel/hostname\"`"
                                : "write it in quotes, as in `%s == \"1\"`".formatted(name);
        };
    }
}
