// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

import org.ringwall.bpf.text.Printable;

/**
 * Thrown if a request cannot be carried out. Message and help are those of the command {@code
 * ringwall}, one printable line each. What was in force before is still in force.
 *
 * <p>Subclasses name reasons that a program may want to handle: {@link InputException}, {@link
 * EntryException}, {@link CgroupException} and {@link HostException}. There are others, such as a
 * refusal of the kernel.
 */
public class LoaderException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Failure.Kind kind;
    private final String help;

    /** Creates the exception for a failure that another exception reports. */
    public LoaderException(Failure failure, RuntimeException cause) {
        super(failure.message(), cause);
        this.kind = failure.kind();
        this.help = failure.help();
    }

    /** Creates an exception; characters that a terminal interprets are escaped. */
    protected LoaderException(Failure.Kind kind, String message, String help) {
        super(Printable.line(message));
        this.kind = kind;
        this.help = Printable.line(help);
    }

    /** Returns the kind of failure. */
    public final Failure.Kind kind() {
        return kind;
    }

    /** Returns what to write or do instead. */
    public final String help() {
        return help;
    }
}
