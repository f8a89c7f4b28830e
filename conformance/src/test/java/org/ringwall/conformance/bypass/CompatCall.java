// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ringwall.bpf.kernel.Errno;

/**
 * A small 64-bit program that creates a socket and sets an option by 32-bit calls, may send a
 * datagram, and exits with the errno of the last call.
 */
final class CompatCall {
    private static final int BASE = 0x400000;
    private static final int HEADERS = 120;
    private static final int SOCKET = 359;
    private static final int SETSOCKOPT = 366;
    private static final int SENDTO = 369;
    private static final int EXIT = 1;
    private static final int EXECUTABLE = 0755;
    private static final int EBX = 0xbb;
    private static final int ECX = 0xb9;
    private static final int EDX = 0xba;
    private static final int ESI = 0xbe;
    private static final int EDI = 0xbf;
    private static final int EBP = 0xbd;

    private final Path program;

    /**
     * The calls of the program.
     *
     * @param destination the address to which it sends one byte; if it is empty, nothing is sent
     */
    record Use(int family, int level, int option, byte[] value, byte[] destination) {}

    private CompatCall(Path program) {
        this.program = program;
    }

    /**
     * Returns the program after a trial with a harmless use. Throws {@link Refused} with
     * EPROTONOSUPPORT if the machine has no such calls.
     */
    static CompatCall ready(Os os, Use use) {
        byte[] priority = {5, 0, 0, 0};
        Use harmless = new Use(2, OptionDrivers.SOL_SOCKET, OptionDrivers.SO_PRIORITY, priority, new byte[0]);
        CompatCall tried = written(os, "compat-try", harmless);
        if (!System.getProperty("os.arch").equals("amd64") || tried.run() != 0) {
            throw new Refused(Errno.EPROTONOSUPPORT.number(), "int 0x80");
        }
        return written(os, "compat", use);
    }

    private static CompatCall written(Os os, String name, Use use) {
        Path program = BypassServer.SCRATCH.resolve(name);
        try {
            Files.write(program, elf(use));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        os.chmod(program.toString(), EXECUTABLE);
        return new CompatCall(program);
    }

    void take() {
        int errno = run();
        if (errno != 0) {
            throw new Refused(errno, "a call by int 0x80");
        }
    }

    private int run() {
        try {
            return new ProcessBuilder(program.toString()).start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /**
     * Returns an ELF file: struct elf64_hdr, one struct elf64_phdr that loads the whole file, the
     * value, the destination and the instructions.
     */
    private static byte[] elf(Use use) {
        int value = HEADERS;
        int destination = value + use.value().length;
        int start = destination + use.destination().length;
        ByteBuffer code = code(use, BASE + value, BASE + destination);
        int size = start + code.remaining();
        ByteBuffer elf = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
        elf.putShort((short) 2).putShort((short) 62).putInt(1);
        elf.putLong(BASE + start).putLong(64).putLong(0).putInt(0);
        elf.putShort((short) 64).putShort((short) 56).putShort((short) 1);
        elf.position(64);
        elf.putInt(1).putInt(5).putLong(0).putLong(BASE).putLong(BASE);
        elf.putLong(size).putLong(size).putLong(0x1000);
        return elf.put(use.value()).put(use.destination()).put(code).array();
    }

    private static ByteBuffer code(Use use, int value, int destination) {
        ByteBuffer code = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
        set(code, EBX, use.family());
        set(code, ECX, Os.DGRAM);
        set(code, EDX, 0);
        call(code, SOCKET);
        code.put(new byte[] {(byte) 0x89, (byte) 0xc3});
        set(code, ECX, use.level());
        set(code, EDX, use.option());
        set(code, ESI, value);
        set(code, EDI, use.value().length);
        call(code, SETSOCKOPT);
        code.put(new byte[] {(byte) 0x85, (byte) 0xc0, 0x78});
        int failed = code.position();
        code.put((byte) 0);
        if (use.destination().length > 0) {
            set(code, ECX, value);
            set(code, EDX, 1);
            set(code, ESI, 0);
            set(code, EDI, destination);
            set(code, EBP, use.destination().length);
            call(code, SENDTO);
            code.put(new byte[] {(byte) 0x85, (byte) 0xc0, 0x78, 2});
            code.put(new byte[] {0x31, (byte) 0xc0});
        }
        code.put(failed, (byte) (code.position() - failed - 1));
        code.put(new byte[] {(byte) 0xf7, (byte) 0xd8, (byte) 0x89, (byte) 0xc3});
        call(code, EXIT);
        return code.flip();
    }

    /** Writes `mov $number, %register`. */
    private static void set(ByteBuffer code, int register, int number) {
        code.put((byte) register).putInt(number);
    }

    /** Writes `mov $number, %eax; int $0x80`. */
    private static void call(ByteBuffer code, int number) {
        code.put((byte) 0xb8).putInt(number).put(new byte[] {(byte) 0xcd, (byte) 0x80});
    }
}
