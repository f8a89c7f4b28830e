// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.ringwall.compiler.files.OutputFile;
import org.ringwall.compiler.files.RefusedOutputException;

/** The files that commands write, with a message for each that cannot be written. */
public final class Outputs {
    private Outputs() {}

    /**
     * Returns the file at a path if it may be written.
     *
     * @param inputs the files that were read
     * @throws InputException if a file would be destroyed
     */
    public static OutputFile checked(Path file, OutputFile.Kind kind, List<Path> inputs) {
        try {
            return OutputFile.at(file, kind, inputs);
        } catch (RefusedOutputException e) {
            throw new InputException("cannot write `" + file + "`: " + e.getMessage(), e.help());
        } catch (IOException e) {
            throw unwritten(file, e);
        }
    }

    /** Writes the whole file, or leaves the old content. */
    public static void write(OutputFile file, byte[] content) {
        try {
            file.write(content);
        } catch (IOException e) {
            throw unwritten(file.named(), e);
        }
    }

    private static InputException unwritten(Path file, IOException e) {
        return InputException.of("write", file, e, "name a file in a folder that exists");
    }
}
