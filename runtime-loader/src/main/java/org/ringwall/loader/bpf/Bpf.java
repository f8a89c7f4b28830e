// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

import java.nio.file.Path;
import java.util.Optional;
import org.ringwall.sys.Fd;

/**
 * The BPF system calls of the loader, as an interface that tests can replace. Every method throws
 * {@link KernelRefusedException} if the kernel refuses a call.
 */
public interface Bpf {
    /**
     * Returns the running kernel's types, from {@code /sys/kernel/btf/vmlinux}; empty if the kernel
     * was built without CONFIG_DEBUG_INFO_BTF.
     */
    Optional<byte[]> kernelTypes();

    /** Loads type information. */
    Fd btfLoad(byte[] btf);

    /** Creates a map. */
    Fd mapCreate(MapSpec spec);

    /**
     * Returns the value of a key; empty if there is none.
     *
     * @param valueSize the bytes that the kernel writes, for all CPUs in per-CPU maps
     */
    Optional<byte[]> mapLookup(Fd map, byte[] key, int valueSize);

    /**
     * Returns the key after this one, or the first if none is given; empty after the last. The
     * first key follows one that does not exist.
     */
    Optional<byte[]> mapNextKey(Fd map, Optional<byte[]> key, int keySize);

    /** Removes a key. Returns whether it existed. */
    boolean mapDelete(Fd map, byte[] key);

    /** Opens a map by its id. */
    Fd mapById(int id);

    /** Opens loaded type information by its id. */
    Fd openBtf(int id);

    /** Returns the bytes of loaded type information. */
    byte[] btfBytes(Fd btf);

    /**
     * Returns how many values a per-CPU map has for a key: one for each possible CPU of this
     * machine.
     */
    int possibleCpus();

    /** Maps the memory of a ring of this many bytes. Only one process may read a ring. */
    RingMemory mapRing(Fd ring, int size);

    /** Sets the value of a key. */
    void mapUpdate(Fd map, byte[] key, byte[] value);

    /**
     * Sets the values of this many keys, stored one after the other in both arrays. Returns false,
     * and changes nothing, if this kernel cannot do so for maps of this type. After an exception
     * some values may be set.
     */
    boolean mapUpdateBatch(Fd map, byte[] keys, byte[] values, int count);

    /** A receiver of entries, whose keys and values are stored one after the other. */
    interface EntryReader {
        void read(byte[] keys, byte[] values, int count);
    }

    /**
     * Reads all entries of a map that programs do not write, many at once. Returns false if this
     * kernel cannot do so for maps of this type; then some entries may have been read.
     */
    boolean mapReadBatch(Fd map, int keySize, int valueSize, EntryReader reader);

    /** Forbids further changes through descriptors. */
    void mapFreeze(Fd map);

    /**
     * Binds a map to a program whose instructions do not refer to it (Linux 5.10). Does nothing if
     * the program already uses it.
     */
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
     * Runs an iterator in the network namespace of the calling thread, and returns what its program
     * has written.
     */
    byte[] iterate(Fd prog);

    /** Runs a program of type SYSCALL once without a context; returns its return value. */
    int progRun(Fd prog);

    /**
     * Attaches a program to a cgroup, next to another one or after all that are there.
     *
     * @param anchor requires a kernel that reports revisions ({@link Attached#ordered})
     * @param revision the expected revision of the list, else the call fails with ESTALE; 0 accepts
     *     any
     */
    Fd linkCreate(Fd prog, Fd cgroup, int attachType, Optional<Anchor> anchor, long revision);

    /** Detaches the program of a link, even if other processes have the link open. */
    void linkDetach(Fd link);

    /**
     * Replaces the program of a link by one for the same hook, which the kernel does not compare.
     * Fails with ENOLINK if the link is no longer attached.
     */
    void linkUpdate(Fd link, Fd prog);

    /** Pins an object at a path in bpffs. */
    void objPin(Fd object, Path path);

    /** Opens a pinned object. */
    Fd objGet(Path path);

    /** Returns the programs attached to this cgroup itself at a hook. */
    Attached progQuery(Fd cgroup, int attachType);

    /**
     * Returns the programs that run at a hook for tasks or sockets of this cgroup, including those
     * of its ancestors; flags are 0.
     */
    Attached progQueryEffective(Fd cgroup, int attachType);

    /** Opens a program by its id. */
    Fd progById(int id);

    /** Returns information about a program. */
    ProgInfo progInfo(Fd prog);

    /**
     * Returns the slots of a program as the verifier rewrote them, with helpers as distances
     * between kernel addresses; empty if the kernel hides them. Without CAP_SYSLOG every distance
     * is 0 ({@code bpf_insn_prepare_dump}).
     */
    byte[] progCode(Fd prog);

    /** Returns information about a link to a cgroup. */
    LinkInfo linkInfo(Fd link);

    /** Returns information about a map. */
    MapInfo mapInfo(Fd map);

    /**
     * Returns when every program run that began before the call has ended:
     * {@code maybe_wait_bpf_programs} in kernel/bpf/syscall.c waits for them after an update of a
     * map of maps.
     */
    void barrier();
}
