// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Native memory with an explicit lifetime: it exists until {@link #close}, independent of the
 * garbage collector. Addresses inside a {@code bpf_attr} therefore stay valid as long as the arena
 * is open.
 *
 * <p>Memory is allocated in {@linkplain #frame() frames}, which are released last in, first out.
 * Not thread-safe.
 */
public final class NativeArena implements AutoCloseable {
    private static final int CHUNK = 1 << 16;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;

    private final Syscalls syscalls;
    private final List<Chunk> chunks = new ArrayList<>();
    private int depth;
    private boolean open = true;

    public NativeArena(Syscalls syscalls) {
        this.syscalls = syscalls;
    }

    /** Begins a frame. */
    public Frame frame() {
        if (!open) {
            throw new IllegalStateException("the arena was closed");
        }
        depth++;
        int last = chunks.size() - 1;
        return new Frame(depth, chunks.size(), last < 0 ? 0 : chunks.get(last).used);
    }

    /** Releases all memory; no block of any frame may be used afterwards. */
    @Override
    public void close() {
        open = false;
        depth = 0;
        release(0);
    }

    private void release(int keep) {
        while (chunks.size() > keep) {
            Chunk chunk = chunks.remove(chunks.size() - 1);
            syscalls.require(Call.MUNMAP, chunk.address, chunk.size, 0);
        }
    }

    private long take(int size) {
        int aligned = Math.addExact(size, 15) & ~15;
        int last = chunks.size() - 1;
        if (last < 0 || chunks.get(last).size - chunks.get(last).used < aligned) {
            int length = Math.addExact(Math.max(CHUNK, aligned), 4095) & ~4095;
            long address = syscalls.require(Call.MMAP, 0, length, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
            chunks.add(new Chunk(address, length));
            last++;
        }
        Chunk chunk = chunks.get(last);
        long address = chunk.address + chunk.used;
        chunk.used += aligned;
        return address;
    }

    private static final class Chunk {
        private final long address;
        private final int size;
        private int used;

        private Chunk(long address, int size) {
            this.address = address;
            this.size = size;
        }
    }

    /** Blocks with a common lifetime. */
    public final class Frame implements AutoCloseable {
        private final int level;
        private final int chunkCount;
        private final int used;
        private boolean live = true;

        private Frame(int level, int chunkCount, int used) {
            this.level = level;
            this.chunkCount = chunkCount;
            this.used = used;
        }

        /** Allocates a block of this many zero bytes, aligned to 16. */
        public NativeBlock zeros(int size) {
            NativeBlock block = block(size);
            block.clear();
            return block;
        }

        private NativeBlock block(int size) {
            if (!live() || level != depth) {
                throw new IllegalStateException("only the innermost open frame hands out memory");
            }
            return NativeBlock.at(take(Math.max(size, 1)), Math.max(size, 1), this::live);
        }

        /** Allocates a block with these bytes. */
        public NativeBlock bytes(byte[] bytes) {
            NativeBlock block = bytes.length == 0 ? zeros(0) : block(bytes.length);
            block.put(0, bytes);
            return block;
        }

        /** Allocates a block with this text in UTF-8 and a zero byte. */
        public NativeBlock text(String text) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            NativeBlock block = zeros(utf8.length + 1);
            block.put(0, utf8);
            return block;
        }

        private boolean live() {
            return live && open;
        }

        @Override
        public void close() {
            if (!live()) {
                return;
            }
            if (level != depth) {
                throw new IllegalStateException("frames close last in, first out");
            }
            live = false;
            depth--;
            release(Math.max(chunkCount, 1));
            if (chunkCount == 0 && !chunks.isEmpty()) {
                chunks.get(0).used = 0;
            } else if (chunkCount > 0) {
                chunks.get(chunkCount - 1).used = used;
            }
        }
    }
}
