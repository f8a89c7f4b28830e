// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

/** A shared mapping of a file descriptor, which lasts until it is closed. */
public final class MappedMemory implements AutoCloseable {
    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int MAP_SHARED = 1;

    private final Syscalls syscalls;
    private final long address;
    private final long length;
    private final NativeBlock block;
    private boolean open = true;

    private MappedMemory(Syscalls syscalls, long address, long length, int size) {
        this.syscalls = syscalls;
        this.address = address;
        this.length = length;
        this.block = NativeBlock.at(address, size, () -> open);
    }

    /** Maps {@code size} bytes of {@code fd} from {@code offset}, a multiple of the page size. */
    public static MappedMemory of(Syscalls syscalls, Fd fd, long offset, int size, boolean writable) {
        long length = (size + pageSize() - 1L) & -pageSize();
        int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
        long address = syscalls.require(Call.MMAP, 0, length, protection, MAP_SHARED, fd.number(), offset);
        return new MappedMemory(syscalls, address, length, size);
    }

    /** Returns the size of a page in bytes, the unit of mappings. */
    public static long pageSize() {
        return NativeStub.pageSize();
    }

    public NativeBlock block() {
        return block;
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            syscalls.require(Call.MUNMAP, address, length, 0);
        }
    }
}
