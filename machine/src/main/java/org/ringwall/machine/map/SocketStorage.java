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

/** SK_STORAGE (net/core/bpf_sk_storage.c): a value for each socket, which is told by its cookie here. */
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

    /** Storage of values of so many bytes, on this host, that accepted sockets inherit. */
    public static SocketStorage of(String name, int valueSize, MapHost host) {
        int flags = MapFlag.NO_PREALLOC.bit() | MapFlag.CLONE.bit();
        MapSpec spec = new MapSpec(name, MapType.SK_STORAGE, Integer.BYTES, valueSize, 0, flags);
        return new SocketStorage(spec, host, OptionalInt.empty());
    }

    /** Storage like this one in which nothing is. */
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

    /** What the socket carries. */
    public Optional<byte[]> lookup(long cookie) {
        return find(cookie).map(Cell::bytes);
    }

    /** What all sockets carry. */
    public Map<Long, Bytes> entries() {
        Map<Long, Bytes> all = new HashMap<>();
        cells.forEach((cookie, cell) -> all.put(cookie, Bytes.of(cell.live())));
        return all;
    }

    /** `bpf_sk_storage_get` without BPF_SK_STORAGE_GET_F_CREATE. */
    public Optional<Cell> find(long cookie) {
        return Optional.ofNullable(cells.get(cookie));
    }

    /** The same with it: what is there stays, else this begins, if there is room. */
    public Optional<Cell> create(long cookie, byte[] begin) {
        if (!full && !cells.containsKey(cookie)) {
            put(cookie, begin, UpdateFlag.ANY);
        }
        return find(cookie);
    }

    /**
     * BPF_MAP_UPDATE_ELEM with the socket's descriptor for a key (`bpf_local_storage_update`); empty if it was done. Where the
     * socket has something it is another memory from then on, but with BPF_F_LOCK.
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

    /** Takes from the socket what it carries, as its end does too; whether it carried something. */
    public boolean remove(long cookie) {
        return cells.remove(cookie) != null;
    }

    /** `bpf_sk_storage_clone`: an accepted socket begins with a copy of what its listener carries, with BPF_F_CLONE. */
    public void accepted(long listener, long cookie) {
        if ((spec.flags() & MapFlag.CLONE.bit()) != 0) {
            find(listener).ifPresent(cell -> put(cookie, cell.bytes(), UpdateFlag.ANY));
        }
    }

    /** From now on the kernel gives sockets no more room, or does so again (net.core.optmem_max). */
    public void full(boolean isFull) {
        full = isFull;
    }
}
