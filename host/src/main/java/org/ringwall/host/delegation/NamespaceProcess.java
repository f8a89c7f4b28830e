// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.delegation;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.loader.model.HostException;
import org.ringwall.sys.ErrorNumber;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Host;

/** A process of {@link InNamespace}, and the descriptor that it has opened. */
final class NamespaceProcess implements AutoCloseable {
    private final Process process;
    private final Fd opened;

    private NamespaceProcess(Process process, Fd opened) {
        this.process = process;
        this.opened = opened;
    }

    /**
     * Starts the process and copies its descriptor.
     *
     * @param starter the command that enters the namespace, before the command of the process
     * @param help the help in the error message if that fails
     */
    static NamespaceProcess start(Host host, List<String> starter, List<String> words, String help) {
        Process process = begin(starter, words);
        try {
            String said = firstLine(process);
            if (!said.matches("-?[0-9]{1,9}")) {
                throw new HostException("`" + starter.get(0) + "` failed" + (said.isEmpty() ? "" : ": " + said), help);
            }
            int number = Integer.parseInt(said);
            if (number < 0) {
                String what = words.get(0).equals(InNamespace.TOKEN) ? "create a BPF token" : "open a bpffs";
                throw new HostException(
                        "the kernel refused to " + what + " in the user namespace (" + new ErrorNumber(-number).name()
                                + ")",
                        help);
            }
            try (Fd pidfd = host.openProcess(process.pid())
                    .orElseThrow(() -> new HostException("the helper process has ended", help))) {
                return new NamespaceProcess(process, host.descriptorOf(pidfd, number));
            }
        } catch (RuntimeException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    private static Process begin(List<String> starter, List<String> words) {
        List<String> all = new ArrayList<>(starter);
        all.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        all.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Xshare:auto"));
        all.add("-Dringwall.native.verified=true");
        Optional.ofNullable(System.getProperty("ringwall.native"))
                .ifPresent(value -> all.add("-Dringwall.native=" + value));
        all.addAll(List.of("-cp", System.getProperty("java.class.path"), InNamespace.class.getName()));
        all.addAll(words);
        try {
            return new ProcessBuilder(all).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new HostException("cannot start `" + starter.get(0) + "`: " + e.getMessage(), "install util-linux");
        }
    }

    private static String firstLine(Process process) {
        BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        try {
            return Optional.ofNullable(reader.readLine()).orElse("");
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    long pid() {
        return process.pid();
    }

    /** Returns the copy of the descriptor, which the caller closes. */
    Fd opened() {
        return opened;
    }

    /** Lets the process end. */
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            process.waitFor();
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
