// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.events;

import java.io.PrintStream;

/** A destination of the lines of {@code events}. */
public interface EventOutput extends AutoCloseable {
    /** The subject of a line. */
    enum Kind {
        DENIED,
        LOSS,
        OTHER
    }

    /** Adds a line, without its end. It may be written only by {@link #flush}. */
    void add(CharSequence line, Kind kind);

    /**
     * Writes all lines that were added. Returns whether they were written; no more can be written
     * if not.
     *
     * @throws org.ringwall.loader.model.HostException if it can say why they were not written
     */
    boolean flush();

    @Override
    void close();

    /** Returns an output to a stream that the caller closes. */
    static EventOutput to(PrintStream out) {
        StringBuilder lines = new StringBuilder();
        return new EventOutput() {
            @Override
            public void add(CharSequence line, Kind kind) {
                lines.append(line).append(System.lineSeparator());
            }

            @Override
            public boolean flush() {
                if (lines.length() > 0) {
                    out.print(lines);
                    lines.setLength(0);
                }
                return !out.checkError();
            }

            @Override
            public void close() {
                // The stream belongs to the caller.
            }
        };
    }
}
