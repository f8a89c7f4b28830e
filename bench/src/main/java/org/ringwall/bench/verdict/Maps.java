// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.verdict;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.ringwall.bench.field.PlainMap;
import org.ringwall.loader.bpf.KernelBpf;
import org.ringwall.sys.Call;
import org.ringwall.sys.Fd;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/** Maps for benchmarks: filled with one system call, and with their memory reported. */
public final class Maps {
    private static final int MAP_GET_FD_BY_ID = 14;
    private static final int MAP_UPDATE_BATCH = 26;
    private static final int ATTR_SIZE = 64;
    private static final double KIB = 1024;

    private final Syscalls syscalls;

    public Maps(Syscalls syscalls) {
        this.syscalls = syscalls;
    }

    /** Creates a map with its entries. */
    public Fd make(KernelBpf bpf, PlainMap map) {
        Fd made = create(bpf, map);
        try {
            fill(bpf, made, map);
            if (map.frozen()) {
                bpf.mapFreeze(made);
            }
            return made;
        } catch (RuntimeException e) {
            made.close();
            throw e;
        }
    }

    private static Fd create(KernelBpf bpf, PlainMap map) {
        if (map.types().isEmpty()) {
            return bpf.mapCreate(map.spec());
        }
        PlainMap.Types types = map.types().get();
        try (Fd btf = bpf.btfLoad(types.btf().toArray())) {
            return bpf.mapCreate(map.spec().typed(btf, types.key(), types.value()));
        }
    }

    private void fill(KernelBpf bpf, Fd made, PlainMap map) {
        if (map.entries() == 1) {
            bpf.mapUpdate(made, map.keys().toArray(), map.values().toArray());
        } else if (map.entries() > 1) {
            try (NativeArena arena = new NativeArena(syscalls);
                    NativeArena.Frame frame = arena.frame()) {
                NativeBlock attr = frame.zeros(ATTR_SIZE);
                attr.putLong(16, frame.bytes(map.keys().toArray()).address());
                attr.putLong(24, frame.bytes(map.values().toArray()).address());
                attr.putInt(32, map.entries()).putInt(36, made.number());
                syscalls.require(Call.BPF, MAP_UPDATE_BATCH, attr.address(), ATTR_SIZE);
            }
        }
    }

    /** Returns the memory of maps in KiB, from `memlock` in their fdinfo (bpf_map_show_fdinfo). */
    public double kib(List<Integer> ids) {
        double bytes = 0;
        for (int id : ids) {
            try (Fd map = byId(id)) {
                bytes += Files.readAllLines(Path.of("/proc/self/fdinfo/" + map.number())).stream()
                        .filter(line -> line.startsWith("memlock:"))
                        .mapToDouble(line -> Double.parseDouble(line.substring("memlock:".length())))
                        .sum();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return bytes / KIB;
    }

    private Fd byId(int id) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            NativeBlock attr = frame.zeros(ATTR_SIZE).putInt(0, id);
            return Fd.of(
                    syscalls, Math.toIntExact(syscalls.require(Call.BPF, MAP_GET_FD_BY_ID, attr.address(), ATTR_SIZE)));
        }
    }
}
