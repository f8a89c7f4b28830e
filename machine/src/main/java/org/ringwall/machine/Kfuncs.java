// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.Kfunc;

/** The kernel functions that programs call by name (docs/abi.md section 1). */
final class Kfuncs {
    /** UNIX_PATH_MAX of include/uapi/linux/un.h. */
    private static final int UNIX_PATH_MAX = 108;
    /** `offsetof(struct sockaddr_un, sun_path)`. */
    private static final int SUN_PATH = 2;

    private final Hook hook;
    private final Environment environment;
    private final Region context;
    private final KernelMemory kernel;
    private final Pointers pointers;
    private final Region kernelContext;

    Kfuncs(Hook hook, Environment environment, Region context, KernelMemory kernel, Pointers pointers) {
        this.hook = hook;
        this.environment = environment;
        this.context = context;
        this.kernel = kernel;
        this.pointers = pointers;
        this.kernelContext = KernelObject.context(kernel);
    }

    /** Returns the result of the call. Arguments are checked as by `check_kfunc_args`. */
    Value call(String name, Frame frame) {
        Kfunc function = Kfunc.named(name)
                .filter(known -> known.availableAt(hook, environment.kernel()))
                .orElseThrow(() -> new TrapException("calling kernel function %s is not allowed at %s on %s"
                        .formatted(name, hook.word(), environment.kernel())));
        return switch (function) {
            case CAST_TO_KERN_CTX -> cast(frame);
            case SOCK_ADDR_SET_SUN_PATH -> setPath(frame);
        };
    }

    private Value cast(Frame frame) {
        require(frame.read(Reg.R1).equals(Value.to(context, 0)), "arg#0 expected pointer to ctx");
        return Value.to(kernelContext, 0);
    }

    /** Calls `bpf_sock_addr_set_sun_path`: stores the path, with which the address ends. */
    private Value setPath(Frame frame) {
        require(
                frame.read(Reg.R1).equals(Value.to(kernelContext, 0)),
                "arg#0 pointer type STRUCT bpf_sock_addr_kern must point to it");
        long size = Pointers.scalar("r3", frame.read(Reg.R3)) & 0xffff_ffffL;
        require(size <= UNIX_PATH_MAX * 4L, "R3 unbounded memory access");
        byte[] path = bytes(frame.read(Reg.R2), (int) size);
        // Only Unix sockets have an address here; others fail in the kernel because of their
        // family.
        if (kernel.address().isEmpty() || size == 0 || size > UNIX_PATH_MAX) {
            return new Value.Scalar(-Errno.EINVAL.number());
        }
        kernel.write(SUN_PATH, path);
        return new Value.Scalar(0);
    }

    /**
     * Returns the bytes of a memory argument, which must be readable and writable
     * (`check_kfunc_mem_size_reg`), although this function only reads it.
     */
    private byte[] bytes(Value value, int size) {
        require(
                value instanceof Value.Pointer pointer && pointer.region().plain(),
                "arg#1 arg#2 memory, len pair leads to invalid memory access");
        Value.Pointer start = pointers.usable(value);
        if (start.region() instanceof DataRegion data && size > 0) {
            data.writable(start.offset(), start.offset() + size - 1);
        }
        byte[] bytes = new byte[size];
        for (int index = 0; index < size; index++) {
            bytes[index] = (byte) Pointers.scalar("r2", start.region().load(start.offset() + index, Width.B));
        }
        return bytes;
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new TrapException(otherwise);
        }
    }
}
