// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.api;

import java.util.function.Supplier;
import org.ringwall.loader.apply.Failure;

/**
 * Thrown if a request cannot be carried out. Message and help are those of the command
 * {@code ringwall}, one line each. What was in force before is still in force.
 */
public final class LoaderException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Kind kind;
    private final String help;

    private LoaderException(Failure failure, RuntimeException cause) {
        super(failure.message(), cause);
        this.kind = switch (failure.kind()) {
            case INPUT -> Kind.INPUT;
            case REFUSED -> Kind.REFUSED;
            case BUG -> Kind.BUG;
        };
        this.help = failure.help();
    }

    /** Who has to change something. */
    public enum Kind {
        /** The caller: an argument or an object is wrong. */
        INPUT,
        /** The kernel or the host refuses, for example because a capability is missing. */
        REFUSED,
        /** The authors of Ringwall. Please report it. */
        BUG
    }

    /** Returns the kind of failure. */
    public Kind kind() {
        return kind;
    }

    /** Returns what to write or do instead. */
    public String help() {
        return help;
    }

    /** Returns a result, or throws the failure of what computes it. */
    static <T> T translating(Supplier<T> work) {
        try {
            return work.get();
        } catch (RuntimeException e) {
            throw new LoaderException(Failure.of(e).orElseThrow(() -> e), e);
        }
    }
}
