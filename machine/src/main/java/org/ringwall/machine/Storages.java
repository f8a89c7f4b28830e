// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import org.ringwall.bpf.kernel.UpdateFlag;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.machine.map.SocketStorage;

/**
 * The storage of the socket of one run: the values that the program's storages have for its cookie
 * or, if the environment specifies the storage, that, in storages of the run's own.
 */
final class Storages {
    private final Environment environment;
    private final Map<String, SocketStorage> shared = new HashMap<>();
    private final Map<SocketStorage, SocketStorage> own = new IdentityHashMap<>();

    Storages(Environment environment, LoadedProgram program) {
        this.environment = environment;
        program.symbols().forEach((name, symbol) -> {
            if (symbol instanceof MapSymbol map && map.map() instanceof SocketStorage storage) {
                shared.put(name, storage);
            }
        });
        environment
                .stored()
                .ifPresent(stored -> shared.forEach((name, storage) -> {
                    if (stored.shared().contains(name)) {
                        return;
                    }
                    SocketStorage fresh = storage.emptied();
                    Bytes value = stored.values().get(name);
                    if (value != null) {
                        fresh.put(cookie(), value.toArray(), UpdateFlag.ANY);
                    }
                    fresh.full(!stored.room());
                    own.put(storage, fresh);
                }));
    }

    /** Returns the run's own storage for each shared one that it replaces. */
    Map<SocketStorage, SocketStorage> own() {
        return own;
    }

    /** Returns the socket's storage now. */
    Stored stored() {
        Stored before = environment.stored().orElse(Stored.NOTHING);
        Map<String, Bytes> values = new HashMap<>(before.values());
        shared.forEach((name, storage) -> {
            values.remove(name);
            own.getOrDefault(storage, storage).lookup(cookie()).ifPresent(value -> values.put(name, Bytes.of(value)));
        });
        return new Stored(values, before.room(), before.shared());
    }

    private long cookie() {
        return environment.task().socket();
    }
}
