// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.state;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.bpf.MapSpec;
import org.ringwall.loader.model.EntryException;
import org.ringwall.sys.Fd;

/**
 * The only map in an array of maps. It can be exchanged for another at one instant for every
 * program.
 */
public final class ExchangedMap {
    private static final byte[] FIRST = new byte[Integer.BYTES];

    private final Bpf bpf;
    private final Fd outer;
    private final Follower follower;

    /** What else refers to the inner map, and must follow an exchange. */
    public interface Follower {
        /** Nothing else. */
        Follower NONE = (exchange, undo) -> exchange.run();

        /** Exchanges the map and follows, or does neither and throws. */
        void follow(Runnable exchange, Runnable undo);
    }

    /** Wraps the array, which the caller keeps and closes. */
    public ExchangedMap(Bpf bpf, Fd outer) {
        this(bpf, outer, Follower.NONE);
    }

    /** Wraps the array, with what follows each exchange. */
    public ExchangedMap(Bpf bpf, Fd outer, Follower follower) {
        this.bpf = bpf;
        this.outer = outer;
        this.follower = follower;
    }

    /** Opens the current inner map; empty if another loader created the array without one. */
    public Optional<Fd> open() {
        return bpf.mapLookup(outer, FIRST, Integer.BYTES)
                .map(id -> bpf.mapById(
                        ByteBuffer.wrap(id).order(ByteOrder.nativeOrder()).getInt()));
    }

    /** Opens the inner map of an array that our loader created. */
    public Fd inner() {
        return open().orElseThrow(() -> new EntryException(
                "the map of the set is empty, which ringwall never leaves behind", "apply the policy again"));
    }

    /** Creates an empty map of the same kind as this inner map; it is not in force yet. */
    private Fd another(Fd now) {
        MapInfo info = bpf.mapInfo(now);
        MapSpec spec = new MapSpec(
                info.name(),
                info.type(),
                info.keySize(),
                info.valueSize(),
                info.maxEntries(),
                info.flags(),
                Optional.empty(),
                Optional.empty());
        if (info.btf() == 0) {
            return bpf.mapCreate(spec);
        }
        try (Fd types = bpf.openBtf(info.btf())) {
            return bpf.mapCreate(spec.typed(types, info.keyType(), info.valueType()));
        }
    }

    /**
     * Replaces all entries at one instant for every program. After a failure or a kill before that
     * instant, the old entries are still in force.
     */
    void rewrite(Map<ByteBuffer, byte[]> content) {
        rewrite(fresh -> MapEntries.fill(bpf, fresh, content));
    }

    /** Does the same with a function that fills the new map. */
    void rewrite(Consumer<Fd> filling) {
        try (Fd now = inner();
                Fd fresh = another(now)) {
            filling.accept(fresh);
            follower.follow(() -> exchange(fresh), () -> exchange(now));
        }
    }

    /**
     * Replaces the inner map, which nothing follows. A run that began before may use either map
     * until it ends.
     */
    public void exchange(Fd inner) {
        byte[] number = ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(inner.number())
                .array();
        bpf.mapUpdate(outer, FIRST, number);
    }
}
