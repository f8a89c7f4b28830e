package org.ringwall.conformance.coverage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ringwall.bpf.kernel.Errno;

/** A 64-bit program of a few instructions that sets SO_PRIORITY by 32-bit calls and ends with the errno of doing so. */
final class CompatCall {
    private static final int BASE = 0x400000;
    private static final int HEADERS = 120;
    private static final int SOCKET = 359;
    private static final int SETSOCKOPT = 366;
    private static final int EXIT = 1;
    private static final int EXECUTABLE = 0755;

    private final Path program;

    private CompatCall(Path program) {
        this.program = program;
    }

    /** Made ready and tried; {@link Refused} with EPROTONOSUPPORT where the machine has no such calls. */
    static CompatCall ready(Os os) {
        Path program = WayServer.SCRATCH.resolve("compat");
        try {
            Files.write(program, elf());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        os.chmod(program.toString(), EXECUTABLE);
        CompatCall call = new CompatCall(program);
        if (!System.getProperty("os.arch").equals("amd64") || call.run() != 0) {
            throw new Refused(Errno.EPROTONOSUPPORT.number(), "int 0x80");
        }
        return call;
    }

    void setPriority() {
        int errno = run();
        if (errno != 0) {
            throw new Refused(errno, "setsockopt by int 0x80");
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

    /** struct elf64_hdr, one struct elf64_phdr that is loaded whole, the instructions, the value of the option. */
    private static byte[] elf() {
        ByteBuffer code = code();
        int size = HEADERS + code.remaining() + 4;
        ByteBuffer elf = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
        elf.putShort((short) 2).putShort((short) 62).putInt(1);
        elf.putLong(BASE + HEADERS).putLong(64).putLong(0).putInt(0);
        elf.putShort((short) 64).putShort((short) 56).putShort((short) 1);
        elf.position(64);
        elf.putInt(1).putInt(5).putLong(0).putLong(BASE).putLong(BASE);
        elf.putLong(size).putLong(size).putLong(0x1000);
        return elf.put(code).putInt(5).array();
    }

    private static ByteBuffer code() {
        ByteBuffer code = ByteBuffer.allocate(128).order(ByteOrder.LITTLE_ENDIAN);
        eax(code, SOCKET);
        code.put((byte) 0xbb)
                .putInt(2)
                .put((byte) 0xb9)
                .putInt(2)
                .put((byte) 0xba)
                .putInt(0);
        call(code);
        eax(code, SETSOCKOPT);
        code.put((byte) 0xb9).putInt(OptionDeeds.SOL_SOCKET);
        code.put((byte) 0xba).putInt(OptionDeeds.SO_PRIORITY);
        code.put((byte) 0xbf).putInt(4).put((byte) 0xbe);
        int where = code.position();
        code.putInt(0);
        call(code);
        code.put(new byte[] {(byte) 0xf7, (byte) 0xdb});
        eax(code, EXIT);
        call(code);
        code.putInt(where, BASE + HEADERS + code.position());
        return code.flip();
    }

    private static void eax(ByteBuffer code, int number) {
        code.put((byte) 0xb8).putInt(number);
    }

    /** `int $0x80; mov %eax, %ebx`: what a call gives is the next one's first argument. */
    private static void call(ByteBuffer code) {
        code.put(new byte[] {(byte) 0xcd, (byte) 0x80, (byte) 0x89, (byte) 0xc3});
    }
}
