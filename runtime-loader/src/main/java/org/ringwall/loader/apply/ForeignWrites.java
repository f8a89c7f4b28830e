package org.ringwall.loader.apply;

import java.nio.ByteOrder;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.sys.Fd;

/**
 * Whether a program of another owner may write what programs that run later see. Only what is certain counts as no: translated code
 * that stores nowhere but to its stack.
 */
final class ForeignWrites {
    private static final int CLASS = 0x07;
    private static final int STORE_IMMEDIATE = 0x02;
    private static final int STORE_REGISTER = 0x03;
    private static final int CALL = 0x85;
    private static final int STACK = 10;

    private final Bpf bpf;

    ForeignWrites(Bpf bpf) {
        this.bpf = bpf;
    }

    /** Whether the program with this id may write at the hook. */
    boolean at(Hook hook, int id) {
        if (hook.writable().isEmpty()) {
            return false;
        }
        try (Fd program = bpf.progById(id)) {
            return mayWrite(hook, bpf.progCode(program));
        } catch (KernelRefusedException e) {
            if (!e.errno().is(Errno.ENOENT)) {
                throw e;
            }
            // It was detached and is gone.
            return false;
        }
    }

    /** At sysctl a helper writes, not a store. */
    private static boolean mayWrite(Hook hook, byte[] code) {
        boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
        boolean writes = code.length == 0;
        for (int at = 0; at + Long.BYTES <= code.length; at += Long.BYTES) {
            int opcode = code[at] & 0xff;
            int registers = code[at + 1] & 0xff;
            int dst = little ? registers & 0xf : registers >> 4;
            boolean store = (opcode & CLASS) == STORE_IMMEDIATE || (opcode & CLASS) == STORE_REGISTER;
            writes |= store && dst != STACK || hook == Hook.SYSCTL && opcode == CALL;
        }
        return writes;
    }
}
