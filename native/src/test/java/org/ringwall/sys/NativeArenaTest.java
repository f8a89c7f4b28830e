// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NativeArenaTest {
    private final List<Call> calls = new ArrayList<>();
    private final Syscalls recording = (call, a, b, c, d, e, f) -> {
        calls.add(call);
        return Syscalls.ofThisMachine().call(call, a, b, c, d, e, f);
    };

    @Test
    void reusedMemoryIsZeroed() {
        try (NativeArena arena = new NativeArena(recording)) {
            long first;
            try (NativeArena.Frame frame = arena.frame()) {
                NativeBlock block = frame.zeros(32).putInt(0, -1).putLong(8, -1);
                first = block.address();
            }
            try (NativeArena.Frame frame = arena.frame()) {
                NativeBlock block = frame.zeros(32);
                assertThat(block.address()).isEqualTo(first);
                assertThat(block.bytes(0, 32)).containsOnly(0);
            }
        }
        assertThat(calls).containsExactly(Call.MMAP, Call.MUNMAP);
    }

    @Test
    void blocksAreInvalidAfterTheirFrameCloses() {
        try (NativeArena arena = new NativeArena(recording)) {
            NativeBlock block;
            try (NativeArena.Frame frame = arena.frame()) {
                block = frame.bytes(new byte[] {1, 2, 3});
                assertThat(block.bytes(0, 3)).containsExactly(1, 2, 3);
            }
            assertThatThrownBy(() -> block.intAt(0)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(block::address).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void blocksAreInvalidAfterTheArenaCloses() {
        NativeArena arena = new NativeArena(recording);
        NativeArena.Frame frame = arena.frame();
        NativeBlock block = frame.text("x");
        arena.close();
        assertThatThrownBy(() -> block.byteAt(0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(arena::frame).isInstanceOf(IllegalStateException.class);
        frame.close();
    }

    @Test
    void blocksAreBounded() {
        try (NativeArena arena = new NativeArena(recording);
                NativeArena.Frame frame = arena.frame()) {
            NativeBlock block = frame.zeros(8);
            assertThatThrownBy(() -> block.putLong(1, 0)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> block.put(7, new byte[2])).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void framesNestAndLargeBlocksAreUnmappedImmediately() {
        try (NativeArena arena = new NativeArena(recording);
                NativeArena.Frame outer = arena.frame()) {
            NativeBlock kept = outer.zeros(8).putLong(0, 42);
            try (NativeArena.Frame inner = arena.frame()) {
                inner.zeros(1 << 20).putInt((1 << 20) - 4, 7);
                assertThatThrownBy(() -> outer.zeros(8)).isInstanceOf(IllegalStateException.class);
            }
            assertThat(calls).containsExactly(Call.MMAP, Call.MMAP, Call.MUNMAP);
            assertThat(kept.longAt(0)).isEqualTo(42);
        }
    }
}
