// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine.map;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.MapFlag;
import org.ringwall.bpf.kernel.UpdateFlag;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;

/**
 * SK_STORAGE (net/core/bpf_sk_storage.c): a value for each socket, identified here by its cookie.
 */
public final class SocketStorage implements BpfMap {
    private final MapSpec spec;
    private final MapHost host;
    private final OptionalInt lock;
    private final Map<Long, Cell> cells = new HashMap<>();
    private boolean full;

    SocketStorage(MapSpec spec, MapHost host, OptionalInt lock) {
        MapChecks.storage(spec);
        this.spec = spec;
        this.host = host;
        this.lock = lock;
    }

    /**
     * Returns storage of values of this many bytes, on this host, that accepted sockets inherit.
     */
    public static SocketStorage of(String name, int valueSize, MapHost host) {
        int flags = MapFlag.NO_PREALLOC.bit() | MapFlag.CLONE.bit();
        MapSpec spec = new MapSpec(name, MapType.SK_STORAGE, Integer.BYTES, valueSize, 0, flags);
        return new SocketStorage(spec, host, OptionalInt.empty());
    }

    /** Returns empty storage like this one. */
    public SocketStorage emptied() {
        return new SocketStorage(spec, host, lock);
    }

    @Override
    public MapSpec spec() {
        return spec;
    }

    @Override
    public MapHost host() {
        return host;
    }

    /** Returns the value of a socket. */
    public Optional<byte[]> lookup(long cookie) {
        return find(cookie).map(Cell::bytes);
    }

    /** Returns the values of all sockets. */
    public Map<Long, Bytes> entries() {
        Map<Long, Bytes> all = new HashMap<>();
        cells.forEach((cookie, cell) -> all.put(cookie, Bytes.of(cell.live())));
        return all;
    }

    /** Returns a socket's value: `bpf_sk_storage_get` without BPF_SK_STORAGE_GET_F_CREATE. */
    public Optional<Cell> find(long cookie) {
        return Optional.ofNullable(cells.get(cookie));
    }

    /**
     * Returns a socket's value, created with these bytes if it does not exist and there is room.
     */
    public Optional<Cell> create(long cookie, byte[] begin) {
        if (!full && !cells.containsKey(cookie)) {
            put(cookie, begin, UpdateFlag.ANY);
        }
        return find(cookie);
    }

    /**
     * Updates a socket's value, as BPF_MAP_UPDATE_ELEM with the socket's descriptor as the key
     * (`bpf_local_storage_update`); empty on success. An existing value gets new memory, except
     * with BPF_F_LOCK.
     */
    public Optional<Errno> put(long cookie, byte[] value, long flags) {
        if (value.length != spec.valueSize()) {
            throw new IllegalArgumentException(
                    "a value of %d bytes for `%s`, which has %d".formatted(value.length, name(), spec.valueSize()));
        }
        if (!KeyedMap.known(flags) || UpdateFlag.LOCK.in(flags) && lock.isEmpty()) {
            return Optional.of(Errno.EINVAL);
        }
        Optional<Cell> old = find(cookie);
        Optional<Errno> presence = KeyedMap.checkPresence(old.isPresent(), flags);
        if (presence.isPresent()) {
            return presence;
        }
        if (old.isPresent() && UpdateFlag.LOCK.in(flags)) {
            old.get().copyLocked(value, 0);
            return Optional.empty();
        }
        if (full) {
            return Optional.of(Errno.ENOMEM);
        }
        Cell cell = new Cell(spec.valueSize(), lock);
        cell.copy(value, 0);
        cells.put(cookie, cell);
        return Optional.empty();
    }

    /** Removes a socket's value, as the end of the socket does. Returns whether it had one. */
    public boolean remove(long cookie) {
        return cells.remove(cookie) != null;
    }

    /**
     * Copies the listener's value to an accepted socket, with BPF_F_CLONE: `bpf_sk_storage_clone`.
     */
    public void accepted(long listener, long cookie) {
        if ((spec.flags() & MapFlag.CLONE.bit()) != 0) {
            find(listener).ifPresent(cell -> put(cookie, cell.bytes(), UpdateFlag.ANY));
        }
    }

    /** Sets whether the kernel refuses sockets more room (net.core.optmem_max). */
    public void full(boolean isFull) {
        full = isFull;
    }
}
