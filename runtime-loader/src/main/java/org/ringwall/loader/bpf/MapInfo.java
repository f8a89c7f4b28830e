// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

/**
 * Information about a map: `struct bpf_map_info`.
 *
 * @param btf the id of its types, 0 if it has none
 * @param keyType the id of the key's type among them, 0 if it has none
 * @param valueType the id of the value's type among them, 0 if it has none
 */
public record MapInfo(
        int type,
        int id,
        int keySize,
        int valueSize,
        int maxEntries,
        int flags,
        String name,
        int btf,
        int keyType,
        int valueType) {}
