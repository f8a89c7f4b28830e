// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.ByteString;

/** The value of a field of a request. */
sealed interface FieldValue {
    /** An unsigned number; flags are 0 and 1. */
    record Number(long value) implements FieldValue {
        @Override
        public String toString() {
            return Long.toUnsignedString(value);
        }
    }

    /** A normalised address. */
    record Ip(Address address) implements FieldValue {
        @Override
        public String toString() {
            return address.toString();
        }
    }

    /** A device: type 1 block or 2 char, and its numbers. */
    record Device(int type, long major, long minor) implements FieldValue {
        @Override
        public String toString() {
            return (type == 1 ? "block " : "char ") + major + ":" + minor;
        }
    }

    /** A string; `whole` unless it is longer than its known part. */
    record Text(ByteString known, boolean whole) implements FieldValue {
        @Override
        public String toString() {
            return '"' + known.toString() + '"' + (whole ? "" : " and more");
        }
    }
}
