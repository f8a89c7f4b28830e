// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine.map;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.MapSpec;

/**
 * LPM_TRIE (lpm_trie.c): a key is a u32 in the host's byte order, the length of the prefix in bits,
 * and bytes whose first bits are the prefix. A lookup finds the longest prefix of the key that is
 * not longer than the key's own length.
 *
 * <p>Behaves as 6.13, and as older kernels with its fixes. Before, BPF_NOEXIST and BPF_EXIST were
 * ignored, and a full trie rejected a new value of an existing prefix.
 */
public final class TrieMap extends KeyedMap {
    /** The size of the length before the bytes. */
    private static final int LENGTH = 4;

    private record Prefix(int bits, Bytes bytes) {}

    /**
     * A prefix as it was given.
     *
     * @param key including its bits after the prefix
     */
    private record Node(Bytes key, List<Cell> cells) {}

    private final Map<Prefix, Node> nodes = new LinkedHashMap<>();

    TrieMap(MapSpec spec, MapHost host, OptionalInt lock) {
        super(spec, host, lock);
        MapChecks.trie(spec);
    }

    /** Returns the number of prefixes. */
    public int size() {
        return nodes.size();
    }

    @Override
    public List<Entry> entries() {
        List<Entry> all = new ArrayList<>();
        nodes.values().forEach(node -> all.add(entry(node.key().toArray(), node.cells())));
        return all;
    }

    @Override
    Optional<List<Cell>> element(byte[] key, boolean use) {
        if (tooLong(key)) {
            return Optional.empty();
        }
        for (int bits = length(key); bits >= 0; bits--) {
            Node node = nodes.get(prefix(key, bits));
            if (node != null) {
                return Optional.of(node.cells());
            }
        }
        return Optional.empty();
    }

    /** Updates a prefix, as `trie_update_elem`: a full trie returns ENOSPC, not E2BIG. */
    @Override
    Optional<Errno> change(byte[] key, long flags, Filling filling) {
        Optional<Errno> wrong = checkFlags(flags);
        if (wrong.isPresent() || tooLong(key)) {
            return Optional.of(Errno.EINVAL);
        }
        Prefix prefix = prefix(key, length(key));
        boolean present = nodes.containsKey(prefix);
        Optional<Errno> presence = checkPresence(present, flags);
        if (presence.isPresent()) {
            return presence;
        }
        if (!present && nodes.size() == spec().maxEntries()) {
            return Optional.of(Errno.ENOSPC);
        }
        List<Cell> cells = fresh();
        filling.into(cells);
        nodes.put(prefix, new Node(Bytes.of(key), cells));
        return Optional.empty();
    }

    /** Deletes exactly this prefix, as `trie_delete_elem`. */
    @Override
    Optional<Errno> remove(byte[] key) {
        if (tooLong(key)) {
            return Optional.of(Errno.EINVAL);
        }
        return nodes.remove(prefix(key, length(key))) == null ? Optional.of(Errno.ENOENT) : Optional.empty();
    }

    private int length(byte[] key) {
        return ByteBuffer.wrap(key).order(host().order()).getInt();
    }

    private boolean tooLong(byte[] key) {
        return Integer.compareUnsigned(length(key), (key.length - LENGTH) * 8) > 0;
    }

    private static Prefix prefix(byte[] key, int bits) {
        byte[] kept = new byte[(bits + 7) / 8];
        System.arraycopy(key, LENGTH, kept, 0, kept.length);
        if (bits % 8 != 0) {
            kept[kept.length - 1] &= (byte) (0xff00 >> bits % 8);
        }
        return new Prefix(bits, Bytes.of(kept));
    }
}
