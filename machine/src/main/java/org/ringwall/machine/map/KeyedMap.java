// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine.map;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.UpdateFlag;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;

/**
 * A map from keys to values of fixed sizes, which system calls and programs change alike.
 *
 * <p>In per-CPU maps callers see the values as `bpf(2)` returns them: one after the other from CPU
 * 0 on, each rounded up to 8 bytes ({@link #userValueSize}). Programs see the one of their CPU.
 * Keys and values of another size throw {@link IllegalArgumentException}; every other refusal of
 * the kernel is an {@link Errno}.
 */
public abstract sealed class KeyedMap implements BpfMap permits ArrayMap, HashedMap, TrieMap {
    private final MapSpec spec;
    private final MapHost host;
    private final OptionalInt lock;

    KeyedMap(MapSpec spec, MapHost host, OptionalInt lock) {
        this.spec = spec;
        this.host = host;
        this.lock = lock;
    }

    /**
     * An element.
     *
     * @param value as {@link #lookup(byte[])} returns it
     */
    public record Entry(Bytes key, Bytes value) {}

    @Override
    public final MapSpec spec() {
        return spec;
    }

    @Override
    public final MapHost host() {
        return host;
    }

    /** Returns whether each CPU has a value of its own. */
    public final boolean perCpu() {
        return perCpu(spec.type());
    }

    static boolean perCpu(MapType type) {
        return type == MapType.PERCPU_ARRAY || type == MapType.PERCPU_HASH || type == MapType.LRU_PERCPU_HASH;
    }

    /** Returns the offset of the values' `bpf_spin_lock`. */
    public final OptionalInt lock() {
        return lock;
    }

    /** Returns the size in bytes of a value for callers: in per-CPU maps that of all CPUs. */
    public final int userValueSize() {
        return perCpu() ? stride() * host.cpus() : spec.valueSize();
    }

    private int stride() {
        return Math.addExact(spec.valueSize(), 7) / 8 * 8;
    }

    // Methods for callers.

    /** Returns the value of this key; in a trie the one of the longest prefix. */
    public final Optional<byte[]> lookup(byte[] key) {
        return element(checked(key), false).map(this::joined);
    }

    /** Returns the value that a program on this CPU would see, without counting as a use. */
    public final Optional<byte[]> lookup(byte[] key, int cpu) {
        return element(checked(key), false).map(cells -> cells.get(index(cpu)).bytes());
    }

    /** Updates an element, as BPF_MAP_UPDATE_ELEM with BPF_ANY; empty on success. */
    public final Optional<Errno> put(byte[] key, byte[] value) {
        return put(key, value, UpdateFlag.ANY);
    }

    /**
     * Updates an element, as BPF_MAP_UPDATE_ELEM; empty on success.
     *
     * @param value {@link #userValueSize} bytes; those at the offset of a lock are ignored
     * @param flags bits of {@link UpdateFlag}
     */
    public final Optional<Errno> put(byte[] key, byte[] value, long flags) {
        if (value.length != userValueSize()) {
            throw new IllegalArgumentException(
                    "a value of %d bytes for `%s`, which has %d".formatted(value.length, name(), userValueSize()));
        }
        if (!lockable(flags)) {
            return Optional.of(Errno.EINVAL);
        }
        return change(checked(key), flags, cells -> {
            for (int cpu = 0; cpu < cells.size(); cpu++) {
                copy(cells.get(cpu), value, cpu * stride(), flags);
            }
        });
    }

    /** Updates an element with the values of the CPUs from 0 on, each of its own size. */
    public final Optional<Errno> put(byte[] key, List<byte[]> values, long flags) {
        byte[] joined = new byte[userValueSize()];
        if (!perCpu() || values.size() != host.cpus()) {
            throw new IllegalArgumentException(values.size() + " values for an element of `" + name() + "`");
        }
        for (int cpu = 0; cpu < values.size(); cpu++) {
            System.arraycopy(values.get(cpu), 0, joined, cpu * stride(), spec.valueSize());
        }
        return put(key, joined, flags);
    }

    /** Deletes an element, as BPF_MAP_DELETE_ELEM and the helper; empty on success. */
    public final Optional<Errno> delete(byte[] key) {
        return remove(checked(key));
    }

    /**
     * Returns copies of all elements; those of an array by index, others in an unspecified order.
     */
    public abstract List<Entry> entries();

    // Methods for programs.

    /**
     * Returns the memory of the value for this CPU: `bpf_map_lookup_elem` and
     * `bpf_map_lookup_percpu_elem`.
     */
    public final Optional<Cell> find(byte[] key, int cpu) {
        return element(checked(key), true).map(cells -> cells.get(index(cpu)));
    }

    /**
     * Updates this CPU's value of an element, as `bpf_map_update_elem`; the others of a new element
     * are zeros.
     */
    public final Optional<Errno> update(byte[] key, byte[] value, long flags, int cpu) {
        return change(checked(key), flags, cells -> copy(cells.get(index(cpu)), value, 0, flags));
    }

    /** Returns the holder of the lock of the value that an update with BPF_F_LOCK would change. */
    public final Optional<Object> holder(byte[] key) {
        return element(checked(key), false).flatMap(cells -> cells.get(0).holder());
    }

    // Methods of the kinds of maps.

    /**
     * Returns the cells of the key; a use makes an element of an LRU map the most recently used.
     */
    abstract Optional<List<Cell>> element(byte[] key, boolean use);

    abstract Optional<Errno> change(byte[] key, long flags, Filling filling);

    abstract Optional<Errno> remove(byte[] key);

    final List<Cell> fresh() {
        List<Cell> cells = new ArrayList<>();
        for (int cpu = 0; cpu < (perCpu() ? host.cpus() : 1); cpu++) {
            cells.add(new Cell(spec.valueSize(), lock));
        }
        return Collections.unmodifiableList(cells);
    }

    /** Checks flags as every kind but arrays does first. */
    final Optional<Errno> checkFlags(long flags) {
        return known(flags) && lockable(flags) ? Optional.empty() : Optional.of(Errno.EINVAL);
    }

    static boolean known(long flags) {
        return Long.compareUnsigned(flags & ~UpdateFlag.LOCK.bit(), UpdateFlag.EXIST.bit()) <= 0;
    }

    final boolean lockable(long flags) {
        return !UpdateFlag.LOCK.in(flags) || lock.isPresent();
    }

    /** Checks flags against the presence of an element: `check_flags` of hashtab.c. */
    static Optional<Errno> checkPresence(boolean present, long flags) {
        if (present && UpdateFlag.NOEXIST.in(flags)) {
            return Optional.of(Errno.EEXIST);
        }
        return !present && UpdateFlag.EXIST.in(flags) ? Optional.of(Errno.ENOENT) : Optional.empty();
    }

    final Entry entry(byte[] key, List<Cell> cells) {
        return new Entry(Bytes.of(key), Bytes.of(joined(cells)));
    }

    private static void copy(Cell cell, byte[] value, int offset, long flags) {
        if (UpdateFlag.LOCK.in(flags)) {
            cell.copyLocked(value, offset);
        } else {
            cell.copy(value, offset);
        }
    }

    private byte[] joined(List<Cell> cells) {
        byte[] value = new byte[userValueSize()];
        for (int cpu = 0; cpu < cells.size(); cpu++) {
            System.arraycopy(cells.get(cpu).live(), 0, value, cpu * stride(), spec.valueSize());
        }
        return value;
    }

    private int index(int cpu) {
        if (cpu < 0 || cpu >= host.cpus()) {
            throw new IllegalArgumentException("CPU %d of a host with %d".formatted(cpu, host.cpus()));
        }
        return perCpu() ? cpu : 0;
    }

    private byte[] checked(byte[] key) {
        if (key.length != spec.keySize()) {
            throw new IllegalArgumentException(
                    "a key of %d bytes for `%s`, which has %d".formatted(key.length, name(), spec.keySize()));
        }
        return key;
    }
}
