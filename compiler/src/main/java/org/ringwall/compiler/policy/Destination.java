// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.Map;
import org.ringwall.compiler.value.Address;

/** The destination of a `redirect`. */
public sealed interface Destination {
    /**
     * A fixed destination, except for the value of a param.
     *
     * @param port a number up to 65535, or a param of type `port`
     */
    record Fixed(Address address, Effect.Operand port) implements Destination {
        public Fixed {
            boolean number = port instanceof Effect.Operand.OfNumber n && n.value() >= 0 && n.value() <= 0xffff;
            boolean param =
                    port instanceof Effect.Operand.OfParam p && p.param().type() == FieldType.PORT;
            if (!number && !param) {
                throw new IllegalArgumentException("no port: " + port);
            }
        }

        @Override
        public boolean isV4() {
            return address.isV4();
        }

        @Override
        public Destination with(Map<Param, Long> params) {
            return new Fixed(address, port.with(params));
        }

        @Override
        public String toString() {
            return (address.isV4() ? address.toString() : "[" + address + "]") + ":" + port;
        }
    }

    /** The result of looking up the request's key in the table. */
    record Looked(Table table) implements Destination {
        @Override
        public boolean isV4() {
            return table.isV4();
        }

        @Override
        public Destination with(Map<Param, Long> params) {
            return this;
        }

        @Override
        public String toString() {
            return table.name();
        }
    }

    /** Whether the address is an IPv4 address. */
    boolean isV4();

    /** Returns the destination with the values of its params. */
    Destination with(Map<Param, Long> params);
}
