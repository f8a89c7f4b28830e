package org.ringwall.compiler.diagram;

import org.ringwall.compiler.value.U128;

/** Where the value of a field comes from, for what is kept or told of a request. */
public sealed interface Reading {
    /** The request has no such field, or its value is unknown. */
    record Absent() implements Reading {}

    /** What the variable holds. */
    record Number(Variable variable) implements Reading {}

    /** Minus what the variable holds, in 32 bits: the kernel's results are negative errnos. */
    record Negated(Variable variable) implements Reading {}

    /** A number that is known. */
    record Constant(long value) implements Reading {}

    /** A v4 address. */
    record V4(Variable variable) implements Reading {}

    /** A raw address of 128 bits, v4 as v4-mapped. */
    record V6(Variable high, Variable low) implements Reading {}

    /** A raw address of 128 bits that is known. */
    record Address(U128 bits) implements Reading {}

    /** The name of a task: 16 bytes, ended by a NUL. */
    record Comm() implements Reading {}

    /** Nothing. */
    Reading ABSENT = new Absent();
}
