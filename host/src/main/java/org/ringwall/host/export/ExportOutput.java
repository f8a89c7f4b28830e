// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.export;

import java.io.PrintStream;
import java.util.Optional;
import org.ringwall.host.words.UnwrittenException;
import org.ringwall.loader.model.HostException;

/** A destination of exported lines. */
public interface ExportOutput {
    /** Returns the position at which the next lines begin; empty if the output is not a file. */
    Optional<ExportState.Position> position();

    /**
     * Writes the lines of an export. A file is first truncated to the position before an earlier,
     * interrupted call with the same lines.
     *
     * @throws HostException if not all lines were written
     */
    void write(ExportState.Pending lines);

    /** Returns an output to a stream, which the caller closes. It has one header. */
    static ExportOutput to(PrintStream out) {
        return new ExportOutput() {
            private boolean begun;

            @Override
            public Optional<ExportState.Position> position() {
                return Optional.empty();
            }

            @Override
            public void write(ExportState.Pending pending) {
                StringBuilder text =
                        new StringBuilder(begun ? "" : pending.format().header());
                pending.lines()
                        .forEach(line ->
                                text.append(line).append(pending.format().end()));
                begun = true;
                out.print(text);
                if (out.checkError()) {
                    throw new UnwrittenException(
                            "check where standard output goes; the next export writes these lines again");
                }
            }
        };
    }
}
