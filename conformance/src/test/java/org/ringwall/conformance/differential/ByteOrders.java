// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.ByteOrder;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A test with a parameter of type {@link ByteOrder} that runs once for each byte order. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@ParameterizedTest(name = "{0}")
@MethodSource("org.ringwall.conformance.differential.ByteOrders$Both#orders")
@interface ByteOrders {
    /** The provider of both byte orders. */
    final class Both {
        private Both() {}

        static Stream<ByteOrder> orders() {
            return Stream.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN);
        }
    }
}
