// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.ringwall.loader.apply.HostException;
import org.ringwall.loader.apply.InputException;
import org.ringwall.loader.state.Printable;

/** The cgroups of systemd units, as `systemctl show` reports them. */
final class Units {
    /** Fixed paths: the command of root must not depend on PATH. */
    private static final List<Path> USUAL = List.of(Path.of("/usr/bin/systemctl"), Path.of("/bin/systemctl"));

    /** The characters of `unit_name_is_valid` in systemd. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9:_.@\\\\][A-Za-z0-9:_.@\\\\-]{0,254}");

    private static final int SECONDS = 30;

    private final List<Path> commands;

    Units() {
        this(USUAL);
    }

    /** Creates a reader that runs the first of these commands that exists. */
    Units(List<Path> commands) {
        this.commands = List.copyOf(commands);
    }

    /**
     * Returns the path of a unit's cgroup in the hierarchy. A name without a suffix is that of a
     * service.
     */
    String controlGroup(String unit) {
        if (!NAME.matcher(unit).matches()) {
            throw new InputException(
                    "`" + Printable.of(unit) + "` is not the name of a unit", "see: systemctl list-units");
        }
        Path command = commands.stream()
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new HostException(
                        "there is no systemctl on this host, so units cannot be looked up",
                        "name the cgroup: --cgroup PATH"));
        String group = show(command, unit);
        if (group.isEmpty() || !group.startsWith("/")) {
            throw new InputException(
                    "the unit `" + unit + "` has no cgroup: it does not exist or is not active",
                    "start it first: systemctl start " + unit);
        }
        return group;
    }

    private static String show(Path command, String unit) {
        List<String> words = List.of(command.toString(), "show", "--property=ControlGroup", "--", unit);
        try {
            Process process = new ProcessBuilder(words)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            process.getOutputStream().close();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroy();
                throw new HostException(
                        "systemctl cannot report the unit `" + unit + "`", "see: systemctl status " + unit);
            }
            String name = "ControlGroup=";
            Optional<String> line =
                    out.lines().filter(each -> each.startsWith(name)).findFirst();
            return line.map(each -> each.substring(name.length())).orElse("");
        } catch (IOException e) {
            throw new HostException(
                    "cannot run `" + command + "`: " + e.getMessage(), "name the cgroup: --cgroup PATH");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HostException("interrupted while waiting for systemctl", "try again");
        }
    }
}
