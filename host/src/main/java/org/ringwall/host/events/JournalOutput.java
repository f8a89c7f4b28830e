// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.events;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.ringwall.bpf.text.Printable;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.sys.DatagramSocket;
import org.ringwall.sys.SyscallException;
import org.ringwall.sys.Syscalls;

/**
 * The journal of systemd, by its native protocol: one datagram for each entry, with a line
 * {@code NAME=VALUE} for each field.
 */
public final class JournalOutput implements EventOutput {
    /** Where journald listens. */
    public static final Path SOCKET = Path.of("/run/systemd/journal/socket");

    /** The number of attempts to reconnect to a journal that restarts. */
    private static final int ATTEMPTS = 50;

    private static final int PAUSE_MS = 100;

    private final Path path;
    private final String ofInstance;
    private DatagramSocket socket;

    public JournalOutput(Path path, InstanceName name) {
        this.path = path;
        this.ofInstance = "SYSLOG_IDENTIFIER=ringwall\nRINGWALL_POLICY=" + name.policy() + "\nRINGWALL_INSTANCE="
                + name.instance() + "\n";
        try {
            this.socket = DatagramSocket.connect(Syscalls.ofThisMachine(), path);
        } catch (SyscallException e) {
            throw failed(e);
        }
    }

    private HostException failed(SyscallException e) {
        return new HostException(
                "the journal at `" + Printable.line(path.toString()) + "` takes no entries: " + e.errno(),
                "start systemd-journald, or write --output file:PATH; the records are still in the ring");
    }

    /** Returns the priority of an entry, as syslog(3) numbers them. */
    private static int priority(Kind kind) {
        return switch (kind) {
            case LOSS -> 4;
            case DENIED -> 5;
            case OTHER -> 6;
        };
    }

    @Override
    public void add(CharSequence line, Kind kind) {
        // No line has a line end in it, so that no field needs the binary form.
        byte[] entry = (ofInstance + "PRIORITY=" + priority(kind) + "\nMESSAGE=" + line + "\n")
                .getBytes(StandardCharsets.UTF_8);
        for (int attempt = 1; true; attempt++) {
            try {
                socket.send(entry);
                return;
            } catch (SyscallException e) {
                if (attempt == ATTEMPTS) {
                    throw failed(e);
                }
                connectAgain();
            }
        }
    }

    private void connectAgain() {
        try {
            Thread.sleep(PAUSE_MS);
            DatagramSocket again = DatagramSocket.connect(Syscalls.ofThisMachine(), path);
            socket.close();
            socket = again;
        } catch (SyscallException e) {
            // The next attempt to send fails too, and is the last one at some time.
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean flush() {
        return true;
    }

    @Override
    public void close() {
        socket.close();
    }
}
