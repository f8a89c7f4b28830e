// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import org.ringwall.compiler.value.U128;

/** The source of a field's value in a key or a record. */
public sealed interface Reading {
    /** The request does not have the field, or its value is unknown. */
    record Absent() implements Reading {}

    /** The value of a variable. */
    record Number(Variable variable) implements Reading {}

    /** The negated value of a variable in 32 bits: results of the kernel are negative errnos. */
    record Negated(Variable variable) implements Reading {}

    /** A constant. */
    record Constant(long value) implements Reading {}

    /** A v4 address. */
    record V4(Variable variable) implements Reading {}

    /** A raw 128-bit address, v4 as v4-mapped. */
    record V6(Variable high, Variable low) implements Reading {}

    /** A constant raw 128-bit address. */
    record Address(U128 bits) implements Reading {}

    /** The name of a task: 16 bytes, NUL-terminated. */
    record Comm() implements Reading {}

    /** The reading of a field without a value. */
    Reading ABSENT = new Absent();
}
