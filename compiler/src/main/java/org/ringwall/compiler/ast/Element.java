// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ast;

import org.ringwall.compiler.source.Span;

/** An element of a set. */
public sealed interface Element extends Node {
    /** Calls the visitor's method for this kind of element. */
    <R> R accept(Visitor<R> visitor);

    /** One value: a literal, a prefix, a device, or the name of a set, a param or a constant. */
    record Single(Value value, Span span) implements Element {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.single(this);
        }
    }

    /**
     * `low..high`, both ends included and neither a device nor a socket option. Type and order have
     * not been checked.
     */
    record Range(Value low, Value high, Span span) implements Element {
        public Range {
            if (hasParts(low) || hasParts(high)) {
                throw new IllegalArgumentException("a device or an option is not an end of a range: " + span);
            }
        }

        private static boolean hasParts(Value end) {
            return end instanceof Value.Device || end instanceof Value.Option;
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.range(this);
        }
    }

    /** `file "blocklist.txt"`: the lines of another file; the path is as written. */
    record Listed(Value.Text path, Span span) implements Element {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.listed(this);
        }
    }

    /** An operation on elements of any kind. */
    interface Visitor<R> {
        R single(Single single);

        R range(Range range);

        R listed(Listed listed);
    }
}
