// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.MapType;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.object.ObjectReader;
import org.ringwall.bpf.state.DecidingRules;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.Provenance;
import org.ringwall.loader.state.ExchangedMap;
import org.ringwall.loader.state.MapEntries;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Sha256;

/**
 * A generation whose programs are attached, with the object that it was loaded from. The SHA-256 of
 * the object is the one that the generation records.
 *
 * @param rules the debug section of the object; empty if it has none
 * @param control the content of the control map, 24 bytes
 * @param rodata the content of `.rodata`, with the generation and the values of params
 * @param maps copies the entries of a map of the instance by its name
 */
public record AppliedObject(
        InstanceName name,
        int generation,
        BpfObject object,
        Optional<DecidingRules> rules,
        Bytes control,
        Bytes rodata,
        Function<String, Optional<Map<ByteBuffer, byte[]>>> maps) {
    /**
     * Reads a generation and changes nothing.
     *
     * @param given the bytes of an object that the user names; used if their digest is the recorded
     *     one
     * @throws HostException if the object is not known
     */
    public static AppliedObject read(
            Bpf bpf, InstanceFolder folder, InstanceName name, int generation, Optional<Bytes> given) {
        byte[] file = file(folder, name, generation, given);
        try (ControlWord word = folder.openControl()
                        .orElseThrow(() -> new HostException(
                                "`" + name + "` is being removed",
                                "try again; ringwall status shows what is in force"));
                Fd rodata = bpf.objGet(folder.generation(generation).resolve(InstanceFolder.RODATA))) {
            return new AppliedObject(
                    name,
                    generation,
                    ObjectReader.read(file),
                    DecidingRules.read(file),
                    value(bpf, word.map()),
                    value(bpf, rodata),
                    map -> folder.maps().open(map).flatMap(open -> entries(bpf, open)));
        } catch (ObjectFormatException e) {
            throw new HostException(
                    "the object of `" + name + "` cannot be read: " + e.getMessage(), "apply the policy again");
        } catch (KernelRefusedException e) {
            if (!e.errno().is(Errno.ENOENT)) {
                throw e;
            }
            throw new HostException("the pins of `" + name + "` were removed while they were read", "try again");
        }
    }

    private static byte[] file(InstanceFolder folder, InstanceName name, int generation, Optional<Bytes> given) {
        Optional<String> digest = folder.provenance(generation).flatMap(Provenance::object);
        if (digest.isEmpty()) {
            throw new HostException(
                    "generation " + Integer.toUnsignedString(generation) + " of `" + name
                            + "` did not come from a file, or an earlier ringwall applied it",
                    "apply the object again, from its file");
        }
        byte[] file = given.map(Bytes::toArray)
                .filter(bytes -> Sha256.hex(bytes).equals(digest.get()))
                .or(() -> folder.object(generation))
                .orElseThrow(() -> new HostException(
                        "no copy of the object of `" + name + "` was kept"
                                + (given.isPresent() ? ", and the object named is another one" : ""),
                        "name the object with SHA-256 " + digest.get() + ": --object OBJ.o"));
        if (!Sha256.hex(file).equals(digest.get())) {
            throw new HostException(
                    "the copy of the object of `" + name + "` is not the object in force",
                    "name the object with SHA-256 " + digest.get() + ": --object OBJ.o");
        }
        return file;
    }

    private static Bytes value(Bpf bpf, Fd map) {
        int size = bpf.mapInfo(map).valueSize();
        return Bytes.of(bpf.mapLookup(map, new byte[Integer.BYTES], size).orElseThrow());
    }

    /**
     * Copies the entries of a map; of one that can be exchanged, those of the present one. Closes
     * the map.
     */
    private static Optional<Map<ByteBuffer, byte[]>> entries(Bpf bpf, Fd map) {
        try (map) {
            if (bpf.mapInfo(map).type() != MapType.ARRAY_OF_MAPS.number()) {
                return Optional.of(MapEntries.settled(bpf, map));
            }
            Optional<Fd> opened = new ExchangedMap(bpf, map).open();
            if (opened.isEmpty()) {
                return Optional.empty();
            }
            try (Fd inner = opened.get()) {
                return Optional.of(MapEntries.settled(bpf, inner));
            }
        }
    }

    /**
     * Returns the values by key that a map has now; of a live set or a table those of the map in
     * its only element. Empty if the instance has no such map.
     */
    public Optional<Map<ByteBuffer, byte[]>> entries(String map) {
        return maps.apply(map);
    }
}
