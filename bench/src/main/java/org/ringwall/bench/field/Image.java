package org.ringwall.bench.field;

import java.util.OptionalDouble;
import org.ringwall.bpf.object.Bytes;

/** What can be put in force, and the milliseconds that its compiler took, if it was compiled. */
public sealed interface Image {
    OptionalDouble compileMs();

    /** An object of ringwallc, which `ringwall apply` puts in force with its control word. */
    record Policy(Bytes elf, OptionalDouble compileMs) implements Image {}

    /** A program and its maps, attached by a link. */
    record Plain(Parts parts, OptionalDouble compileMs) implements Image {}

    /** Makes the program of what is on disk or in memory: part of the time until it is ready. */
    @FunctionalInterface
    interface Parts {
        PlainProgram read() throws Refusal;
    }

    /** A program that is compiled by nobody. */
    static Image of(PlainProgram program) {
        return new Plain(() -> program, OptionalDouble.empty());
    }
}
