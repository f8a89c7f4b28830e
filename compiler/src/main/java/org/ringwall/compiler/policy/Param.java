// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import org.ringwall.compiler.source.Span;

/** A number that is fixed when the policy is applied, in the unsigned range `min`..`max`. */
public record Param(String name, FieldType type, long min, long max, long defaultValue, Span span) {
    public Param {
        boolean ordered = Long.compareUnsigned(min, defaultValue) <= 0
                && Long.compareUnsigned(defaultValue, max) <= 0
                && Long.compareUnsigned(max, type.max()) <= 0;
        if (!ordered) {
            throw new IllegalArgumentException("`" + name + "`: the default lies outside the range");
        }
    }

    /**
     * Returns the type as in policies and metadata: `port`, `id`, `int`, `int64`, `cgroup` or
     * `netns`.
     */
    public String typeName() {
        return switch (type) {
            case PORT -> "port";
            case ID -> "id";
            case INT -> "int";
            case LONG -> "int64";
            case CGROUP -> "cgroup";
            case COOKIE -> "netns";
            case ADDRESS,
                    PROTOCOL,
                    SOCKET_TYPE,
                    FAMILY,
                    BYTE,
                    NUMERAL,
                    PACKET_TYPE,
                    DEVICE,
                    DEVICE_TYPE,
                    BOOL,
                    STRING,
                    SOCKET_OPTION,
                    SOCKET_LEVEL,
                    ERRNO -> throw new IllegalStateException("no param has the type " + type);
        };
    }
}
