// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.command;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.ringwall.bpf.text.Printable;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;
import org.ringwall.sys.IoReason;
import org.ringwall.sys.TrustedPath;

/** A check of the files that root uses whenever a systemd unit starts. */
public final class TrustedFile {
    private TrustedFile() {}

    /**
     * Returns the absolute path of a file.
     *
     * @throws HostException if a user other than root and that of this process can change it
     * @throws InputException if it does not exist
     */
    public static Path at(Path path) {
        Path absolute = path.toAbsolutePath().normalize();
        if (absolute.toString().chars().anyMatch(Character::isISOControl)) {
            throw new InputException(
                    "`" + Printable.line(absolute.toString()) + "` has a control character in its name", "rename it");
        }
        try {
            TrustedPath.ofThisProcess().weaknessOfName(absolute).ifPresent(weakness -> {
                throw new HostException(
                        "`" + absolute + "` is not used: `" + weakness.path() + "` " + weakness.why(), weakness.help());
            });
        } catch (NoSuchFileException e) {
            throw new InputException("there is no file `" + absolute + "`", "name a file");
        } catch (IOException e) {
            throw new HostException(
                    "cannot read `" + absolute + "`: " + IoReason.of(e), IoReason.help(e, "run as root"));
        }
        return absolute;
    }
}
