// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.bpf.MapSpec;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.object.ObjectFile;
import org.ringwall.sys.Fd;
import org.ringwall.sys.IoReason;

/**
 * A map that keeps a file, compressed, among the pins of a generation: its object, or what is
 * needed to verify the bundle with the object again (docs/abi.md section 4). It appears, decides
 * and is removed together with the generation, and needs no file system that outlives a restart of
 * the host.
 */
public final class KeptFile {
    /** Before Linux 6.0 a value has at most 4 MiB. */
    private static final int LARGEST_VALUE = 1 << 20;

    private KeptFile() {}

    /**
     * Creates a map with this file, which no process can change.
     *
     * @param name of the map
     */
    public static Fd create(Bpf bpf, String name, byte[] file) {
        byte[] bytes = compressed(file);
        int size = Math.min(LARGEST_VALUE, (bytes.length + 7) / 8 * 8);
        int count = (bytes.length + size - 1) / size;
        Fd map = bpf.mapCreate(MapSpec.array(name, size, count, 0));
        try {
            for (int i = 0; i < count; i++) {
                bpf.mapUpdate(map, key(i), Arrays.copyOfRange(bytes, i * size, (i + 1) * size));
            }
            bpf.mapFreeze(map);
            return map;
        } catch (RuntimeException e) {
            map.close();
            throw e;
        }
    }

    private static byte[] compressed(byte[] file) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.BEST_SPEED);
        try (DeflaterOutputStream out = new DeflaterOutputStream(bytes, deflater)) {
            out.write(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            deflater.end();
        }
        return bytes.toByteArray();
    }

    /**
     * Returns the file.
     *
     * @throws HostException if the map does not hold one
     */
    static byte[] read(Bpf bpf, Fd map) {
        MapInfo info = bpf.mapInfo(map);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < info.maxEntries(); i++) {
            bytes.writeBytes(bpf.mapLookup(map, key(i), info.valueSize()).orElseGet(() -> new byte[0]));
        }
        try (InflaterInputStream in = new InflaterInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return in.readNBytes(ObjectFile.LARGEST);
        } catch (IOException e) {
            throw new HostException(
                    "a copy of the object or of its signature cannot be read: " + IoReason.of(e),
                    "apply the policy again");
        }
    }

    private static byte[] key(int index) {
        return ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(index)
                .array();
    }
}
