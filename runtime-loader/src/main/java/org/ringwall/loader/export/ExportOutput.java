// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.export;

import java.io.PrintStream;
import java.util.Optional;
import org.ringwall.loader.instance.HostException;

/** A destination of exported lines. */
public interface ExportOutput {
    /** Returns where the next lines begin; empty if the output is no file. */
    Optional<ExportState.Position> position();

    /**
     * Writes the lines of an export. An output that can do so first removes what an earlier call
     * with the same lines has written.
     *
     * @throws HostException if they were not written, or not all
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
                    throw new HostException(
                            "the output could not be written",
                            "check where standard output goes; the next export writes these lines again");
                }
            }
        };
    }
}
