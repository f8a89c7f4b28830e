package org.ringwall.loader.bpf;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.ringwall.loader.sys.Fd;

/**
 * What the loader asks of the kernel's BPF, as a seam. Every method throws {@link KernelRefusedException} where the kernel
 * says no.
 */
public interface Bpf {
    /**
     * The running kernel's own types, as {@code /sys/kernel/btf/vmlinux} gives them; empty where the kernel was built without
     * (CONFIG_DEBUG_INFO_BTF).
     */
    Optional<byte[]> kernelTypes();

    /** Loads type information. */
    Fd btfLoad(byte[] btf);

    /** Creates a map. */
    Fd mapCreate(MapSpec spec);

    /** The value of a key; {@code valueSize} is what the kernel will write, per CPU for per-CPU maps. */
    Optional<byte[]> mapLookup(Fd map, byte[] key, int valueSize);

    /** The key behind this one, the first without one; empty behind the last. A key that is gone is followed by the first. */
    Optional<byte[]> mapNextKey(Fd map, Optional<byte[]> key, int keySize);

    /** Removes a key; whether it was there. */
    boolean mapDelete(Fd map, byte[] key);

    /** Opens a map by its id. */
    Fd mapById(int id);

    /** Opens type information that was loaded, by its id. */
    Fd openBtf(int id);

    /** The bytes of type information that was loaded. */
    byte[] btfBytes(Fd btf);

    /** How many values a per-CPU map has for a key: one for each CPU that this machine can have. */
    int possibleCpus();

    /** The memory of a ring of so many bytes, of which a process may be the only reader. */
    RingMemory mapRing(Fd ring, int size);

    /** Sets the value of a key. */
    void mapUpdate(Fd map, byte[] key, byte[] value);

    /**
     * Sets the values of so many keys, one after the other in both arrays; false where this kernel cannot for maps of this type,
     * and nothing was changed. After a refusal some are set.
     */
    boolean mapUpdateBatch(Fd map, byte[] keys, byte[] values, int count);

    /** All entries of a map that programs do not write; empty where this kernel cannot give many at once for maps of this type. */
    Optional<Map<ByteBuffer, byte[]>> mapReadBatch(Fd map, int keySize, int valueSize);

    /** Forbids further changes through descriptors. */
    void mapFreeze(Fd map);

    /** Makes a program hold a map that its instructions do not name (Linux 5.10); one that it holds already stays so. */
    void progBindMap(Fd prog, Fd map);

    /** Maps the values of an array that was created with {@link MapSpec#MAPPABLE}. */
    SharedArray mapShared(Fd map, int size);

    /** Loads a program through the verifier. */
    Fd progLoad(ProgSpec spec);

    /** Attaches a program to a cgroup after those that are there. */
    default Fd linkCreate(Fd prog, Fd cgroup, int attachType) {
        return linkCreate(prog, cgroup, attachType, Optional.empty(), 0);
    }

    /**
     * Attaches a program to a cgroup, next to another one or after all that are there.
     *
     * @param anchor only where the kernel reports revisions ({@link Attached#ordered})
     * @param revision the list is refused with ESTALE if it has another one by now; 0 takes any
     */
    Fd linkCreate(Fd prog, Fd cgroup, int attachType, Optional<Anchor> anchor, long revision);

    /** Detaches what a link holds, whoever else has the link open. */
    void linkDetach(Fd link);

    /** Gives an object a name in bpffs. */
    void objPin(Fd object, Path path);

    /** Opens a pinned object. */
    Fd objGet(Path path);

    /** What is attached to this very cgroup at this hook. */
    Attached progQuery(Fd cgroup, int attachType);

    /** What runs at this hook for tasks or sockets of this cgroup, its ancestors' programs too; flags are 0. */
    Attached progQueryEffective(Fd cgroup, int attachType);

    /** Opens a program by its id. */
    Fd progById(int id);

    /** Asks about a program. */
    ProgInfo progInfo(Fd prog);

    /**
     * The slots of a program as the verifier left them, helpers as distances between addresses in the kernel; empty where the
     * kernel hides them. Without CAP_SYSLOG every distance is 0 ({@code bpf_insn_prepare_dump}).
     */
    byte[] progCode(Fd prog);

    /** Asks about a link to a cgroup. */
    LinkInfo linkInfo(Fd link);

    /** Asks about a map. */
    MapInfo mapInfo(Fd map);

    /**
     * Returns when every program run that began before the call has ended: {@code maybe_wait_bpf_programs} in
     * kernel/bpf/syscall.c does so after an update of a map of maps.
     */
    void barrier();
}
