// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.events;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.conformance.kernel.WorkerProcess;
import org.ringwall.sys.Call;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.Syscalls;

/** A process in a cgroup that makes connects which the policy denies, as fast as it can. */
final class Denials implements AutoCloseable {
    /** The port, on 127.0.0.1, to which the policy denies connects. */
    static final int PORT = 9;

    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;
    private static final int ADDRESS_BYTES = 16;
    private static final int LOOPBACK = 0x7f00_0001;

    private final WorkerProcess worker;

    /** Starts the process in a cgroup. */
    Denials(Path cgroup) {
        this.worker = WorkerProcess.start(Denials.class);
        try {
            Files.writeString(cgroup.resolve("cgroup.procs"), Long.toString(worker.pid()));
        } catch (IOException e) {
            worker.close();
            throw new UncheckedIOException(e);
        }
    }

    /** Makes this many denied connects, and returns the time in ns that they took. */
    long make(int count) {
        return Long.parseLong(worker.ask(Integer.toString(count)));
    }

    @Override
    public void close() {
        worker.close();
    }

    /** Answers each number of connects with the ns that they took, until standard input ends. */
    public static void main(String[] args) throws IOException {
        Syscalls syscalls = Syscalls.ofThisMachine();
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        NativeArena arena = new NativeArena(syscalls);
        try (NativeArena.Frame frame = arena.frame()) {
            byte[] address = new byte[ADDRESS_BYTES];
            ByteBuffer.wrap(address)
                    .order(ByteOrder.nativeOrder())
                    .putShort((short) AF_INET)
                    .order(ByteOrder.BIG_ENDIAN)
                    .putShort((short) PORT)
                    .putInt(LOOPBACK);
            long target = frame.bytes(address).address();
            long socket = syscalls.require(Call.SOCKET, AF_INET, SOCK_DGRAM, 0);
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                long start = System.nanoTime();
                int count = Integer.parseInt(line);
                for (int i = 0; i < count; i++) {
                    long result = syscalls.once(Call.CONNECT, socket, target, ADDRESS_BYTES, 0, 0, 0);
                    if (result != -Errno.EPERM.number()) {
                        throw new IllegalStateException("a connect was not denied: " + result);
                    }
                }
                out.println(System.nanoTime() - start);
            }
        } finally {
            arena.close();
        }
    }
}
