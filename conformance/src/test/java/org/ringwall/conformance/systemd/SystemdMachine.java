// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.conformance.kernel.InnerHost;
import org.ringwall.testkit.Guard;

/**
 * A container that systemd boots as process 1, with this checkout's command as {@code
 * /usr/bin/ringwall} and the units of the package. It runs in a cgroup made for it, sees this
 * machine's files, and changes none of them ({@code conformance/systemd/boot.sh}).
 */
public final class SystemdMachine extends InnerHost {
    /** The programs that a test with a machine needs. */
    public static final String NSPAWN = "systemd-nspawn";

    /** Where units of the administrator are. */
    private static final String UNITS = "etc/systemd/system/";

    private static final int COMMAND_SECONDS = 60 * Guard.MINUTES;

    /** Runs a command in all namespaces of process 1, and in its cgroup. */
    private static final String ENTER =
            "echo 0 >/sys/fs/cgroup/init.scope/cgroup.procs && unset RINGWALL_JOURNAL && cd / && exec bash -c \"$@\"";

    private long leader;

    private SystemdMachine(Path dir, Map<String, byte[]> files) throws IOException {
        super("conformance/systemd/boot.sh", dir, files, "boot");
    }

    /**
     * Boots a machine.
     *
     * @param dir an empty directory; it has the same path in the machine
     * @param files the contents of files in addition to those of this machine, by path from the
     *     root
     * @param enabled units that start at boot, as {@code TARGET/UNIT}
     */
    public static SystemdMachine boot(Path dir, Map<String, byte[]> files, List<String> enabled) {
        try {
            for (String unit : enabled) {
                Path wants = Files.createDirectories(
                        dir.resolve("files").resolve(UNITS).resolve(unit.replaceFirst("/.*", ".wants")));
                String name = unit.replaceFirst(".*/", "");
                String template = name.replaceFirst("@.*\\.", "@.");
                boolean own = files.containsKey(UNITS + template);
                Files.createSymbolicLink(
                        wants.resolve(name),
                        Path.of(own ? "/" + UNITS : "/usr/lib/systemd/system/").resolve(template));
            }
            SystemdMachine machine = new SystemdMachine(dir, files);
            try {
                machine.awaitBoot();
            } catch (IOException | RuntimeException | Error e) {
                machine.close();
                throw e;
            }
            return machine;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitBoot() throws IOException {
        Path scope = cgroup().resolve("host/payload/init.scope/cgroup.procs");
        Guard.Moment end = Guard.fromNow();
        while (true) {
            if (!isAlive() || end.reached()) {
                throw new AssertionError("systemd does not boot: " + log());
            }
            if (leader == 0 && Files.exists(scope)) {
                leader = Files.readAllLines(scope).stream()
                        .findFirst()
                        .map(Long::parseLong)
                        .orElse(0L);
            }
            if (leader != 0 && Files.exists(Path.of("/proc/" + leader + "/root/run/systemd/private"))) {
                String state = run("timeout " + COMMAND_SECONDS + " systemctl is-system-running --wait")
                        .output();
                if (state.contains("running") || state.contains("degraded")) {
                    return;
                }
            }
            pause();
        }
    }

    /** Returns the messages of the boot. */
    String log() throws IOException {
        Path log = dir().resolve("log");
        return Files.readString(dir().resolve("boot")) + (Files.exists(log) ? Files.readString(log) : "");
    }

    /** Returns the words of a shell outside of the cgroups of units. */
    @Override
    public List<String> words(String script) {
        List<String> words = new ArrayList<>(List.of("timeout", Integer.toString(COMMAND_SECONDS), "nsenter"));
        words.addAll(List.of("--target", Long.toString(leader), "--mount", "--uts", "--ipc", "--net", "--pid"));
        words.addAll(List.of("--cgroup", "bash", "-c", ENTER, "bash", script));
        return words;
    }

    /** Returns the error of a connection to a port of 127.0.0.1 from the cgroup of a unit. */
    public String connect(String unit, int port) {
        String cgroup = succeeds("systemctl show --property ControlGroup --value " + unit)
                .strip();
        assertThat(cgroup).as("the cgroup of %s", unit).startsWith("/").hasSizeGreaterThan(1);
        return run("echo $BASHPID >'/sys/fs/cgroup" + cgroup + "/cgroup.procs'; exec " + nc(port))
                .output();
    }

    /**
     * Runs a text of a shell while a process in the cgroup of a unit connects to port 9 of
     * 127.0.0.1 over and over again. Returns the number of connections that were not denied, and
     * asserts that there were many.
     */
    int letThrough(String unit, String script) {
        String loop = """
            import socket, os
            open('/run/loop', 'w')
            through = tried = 0
            while os.path.exists('/run/loop'):
                with socket.socket() as s:
                    through += s.connect_ex(('127.0.0.1', 9)) != 1
                tried += 1
            print(through, tried)
            """;
        String[] result = succeeds("cgroup=/sys/fs/cgroup$(systemctl show --property ControlGroup --value " + unit
                        + "); (echo $BASHPID >$cgroup/cgroup.procs; exec python3 -c \"" + loop + "\") >/run/result &"
                        + " until [ -e /run/loop ]; do sleep 0.05; done; " + script
                        + " >&2; status=$?; rm /run/loop; wait; cat /run/result; exit $status")
                .strip()
                .split("[ \n]", -1);
        assertThat(Integer.parseInt(result[result.length - 1])).as("tried").isGreaterThan(1000);
        return Integer.parseInt(result[result.length - 2]);
    }

    /** Returns the command of a connection to a port of 127.0.0.1. */
    static String nc(int port) {
        return "/bin/busybox nc -w 1 127.0.0.1 " + port;
    }

    /** Returns the object of a policy. */
    public static byte[] object(String name, String text) {
        return Compiler.compile(new SourceFile(name + ".wall", text), Settings.DEFAULT)
                .compilation()
                .orElseThrow()
                .elf()
                .toArray();
    }
}
