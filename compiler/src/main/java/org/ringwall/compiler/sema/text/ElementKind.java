// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.text;

import org.ringwall.compiler.policy.FieldType;

/**
 * The kind of elements in a set. Numbers fit ports, ids and plain numbers, within the range of
 * each.
 */
public enum ElementKind {
    NUMBER("numbers"),
    PROTOCOL("protocols"),
    SOCKET_TYPE("socket types"),
    FAMILY("families"),
    DEVICE_TYPE("device types"),
    PACKET_TYPE("packet types"),
    ADDRESS("addresses"),
    DEVICE("devices"),
    NAME("strings"),
    OPTION("socket options"),
    LEVEL("levels"),
    ERRNO("errnos");

    private final String plural;

    ElementKind(String plural) {
        this.plural = plural;
    }

    public String plural() {
        return plural;
    }

    public static ElementKind of(FieldType type) {
        return switch (type) {
            case PORT, ID, INT, LONG, NUMERAL, BYTE, BOOL, CGROUP, COOKIE -> NUMBER;
            case PROTOCOL -> PROTOCOL;
            case SOCKET_TYPE -> SOCKET_TYPE;
            case FAMILY -> FAMILY;
            case DEVICE_TYPE -> DEVICE_TYPE;
            case PACKET_TYPE -> PACKET_TYPE;
            case ADDRESS -> ADDRESS;
            case DEVICE -> DEVICE;
            case STRING -> NAME;
            case SOCKET_OPTION -> OPTION;
            case SOCKET_LEVEL -> LEVEL;
            case ERRNO -> ERRNO;
        };
    }

    /**
     * Whether elements of the other kind fit: protocols, levels and errnos may also be given as
     * numbers.
     */
    public boolean takes(ElementKind other) {
        boolean numbered = this == PROTOCOL || this == LEVEL || this == ERRNO;
        return this == other || numbered && other == NUMBER;
    }
}
