// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.bpf.MapSpec;

/** An object of a {@link FakeKernel}: a map, a program, a link or a cgroup. */
final class FakeObject {
    final String kind;
    final int id;
    MapSpec map = MapSpec.array("", 4, 1, 0);
    byte[] value = new byte[0];
    /** The entries of a map with more than one value. */
    final Map<ByteBuffer, byte[]> entries = new LinkedHashMap<>();

    /** The objects that a program refers to, or the program of a link. */
    List<FakeObject> refers = new ArrayList<>();

    int attachType;
    int btf;
    long cgroup;

    FakeObject(String kind, int id) {
        this.kind = kind;
        this.id = id;
    }

    /** Returns the description of a map. */
    MapInfo mapInfo() {
        return new MapInfo(
                map.type(),
                id,
                map.keySize(),
                map.valueSize(),
                map.maxEntries(),
                map.flags(),
                map.name(),
                btf,
                map.types().map(MapSpec.Types::key).orElse(0),
                map.types().map(MapSpec.Types::value).orElse(0));
    }

    int valueAt(int offset) {
        return ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getInt(offset);
    }

    /** Renames a folder with those in it. */
    static void renameFolder(Set<Path> folders, Path from, Path to) {
        for (Path inner : List.copyOf(folders)) {
            if (inner.startsWith(from)) {
                folders.remove(inner);
                folders.add(to.resolve(from.relativize(inner).toString()));
            }
        }
    }
}
