// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.field;

import java.util.OptionalDouble;
import org.ringwall.bpf.object.Bytes;

/**
 * A program that can be put in force, and the time of its compilation in milliseconds, if it was
 * compiled.
 */
public sealed interface Image {
    OptionalDouble compileMs();

    /** An object of ringwallc, which `ringwall apply` puts in force with its control word. */
    record Policy(Bytes elf, OptionalDouble compileMs) implements Image {}

    /** A program and its maps, attached by a link. */
    record Plain(Parts parts, OptionalDouble compileMs) implements Image {}

    /** Reads the program from disk or memory, as part of the time until it is in force. */
    @FunctionalInterface
    interface Parts {
        PlainProgram read() throws Refusal;
    }

    /** Returns the image of a program that was not compiled. */
    static Image of(PlainProgram program) {
        return new Plain(() -> program, OptionalDouble.empty());
    }
}
