// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.ByteString;

/** The value of one field in a key. */
public sealed interface KeyValue {
    /** An address; `::` if the request has none. */
    record OfAddress(Address address) implements KeyValue {
        @Override
        public String toString() {
            return address.toString();
        }
    }

    /** An unsigned number; 0 if the request has none. */
    record OfNumber(long number) implements KeyValue {
        @Override
        public String toString() {
            return Long.toUnsignedString(number);
        }
    }

    /** The name of a task. */
    record OfText(ByteString text) implements KeyValue {
        @Override
        public String toString() {
            return '"' + text.toString() + '"';
        }
    }
}
