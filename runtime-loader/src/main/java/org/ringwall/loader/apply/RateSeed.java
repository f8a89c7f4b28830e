// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;
import org.ringwall.bpf.state.RateText;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.state.StateTexts;
import org.ringwall.sys.IoReason;

/**
 * The random numbers of the hash of a rate's keys: the last element of the rate's map (docs/abi.md
 * section 1, Rates). They are generated when the map is created and do not change. Without them a
 * workload could compute keys that share a set.
 *
 * @param key index of the element
 * @param value the element: random after the lock, the time and the count of a set, which are 0
 */
record RateSeed(byte[] key, byte[] value) {
    /** Offset of the buckets in a set. */
    private static final int WAYS = 24;

    private static final Path RANDOM = Path.of("/dev/urandom");

    /** Returns the seed of a new map; empty if the map has no sets of buckets. */
    static Optional<RateSeed> of(MapSpec map, StateTexts texts) {
        String prefix = StateNames.rate("");
        RateText rate =
                map.name().startsWith(prefix) ? texts.rates().get(map.name().substring(prefix.length())) : null;
        boolean sets = map.type() == MapType.ARRAY && map.maxEntries() > 0 && map.valueSize() > WAYS;
        if (rate == null || rate.key().isEmpty() || !sets) {
            return Optional.empty();
        }
        byte[] key = ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(map.maxEntries() - 1)
                .array();
        byte[] value = new byte[map.valueSize()];
        try (InputStream random = Files.newInputStream(RANDOM)) {
            if (random.readNBytes(value, WAYS, value.length - WAYS) < value.length - WAYS) {
                throw new EOFException("end of file");
            }
        } catch (IOException e) {
            throw new HostException(
                    "cannot read random numbers from " + RANDOM + ": " + IoReason.of(e),
                    "make /dev/urandom readable where ringwall runs");
        }
        return Optional.of(new RateSeed(key, value));
    }
}
