// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;

/** The instances on this host, and the lock that each change of one holds. */
public final class Instances {
    private static final int LOCK_ATTEMPTS = 1200;
    private static final int ORDER_ATTEMPTS = 1200;
    private static final long LOCK_PAUSE_MS = 50;

    private final Bpf bpf;
    private final PinStore pins;

    public Instances(Bpf bpf, PinStore pins) {
        this.bpf = bpf;
        this.pins = pins;
    }

    public InstanceFolder folder(InstanceName name) {
        return new InstanceFolder(bpf, pins, name);
    }

    public boolean exists(InstanceName name) {
        return pins.exists(folder(name).path());
    }

    /** Returns every instance that has a folder. Folders with other names are ignored. */
    public List<InstanceName> all() {
        List<InstanceName> names = new ArrayList<>();
        for (String entry : pins.list(pins.root())) {
            InstanceName.ofFolder(entry).ifPresent(names::add);
        }
        return names;
    }

    /**
     * Returns the origins of the versions of a policy that are in force in any of its instances. A
     * version that waits to be confirmed does not count, but the one before it.
     */
    public List<RecordedAdmission.Origin> inForce(String policy) {
        return all().stream()
                .filter(name -> name.policy().equals(policy))
                .map(this::folder)
                .flatMap(folder -> folder.openControl().flatMap(word -> deciding(folder, word)).stream())
                .toList();
    }

    private static Optional<RecordedAdmission.Origin> deciding(InstanceFolder folder, ControlWord control) {
        try (ControlWord word = control) {
            int generation = word.lo() == 0 ? word.hi() : word.lo();
            return generation == 0 ? Optional.empty() : folder.origin(generation);
        }
    }

    /** Locks an instance; creates its folder if it does not exist. */
    public PinStore.Lock lockNew(InstanceName name) {
        return lock(name, true);
    }

    /**
     * Locks an existing instance.
     *
     * @throws InputException if there is none of this name
     */
    public PinStore.Lock lockExisting(InstanceName name) {
        return lock(name, false);
    }

    /** Locks an instance; empty if another process holds the lock. */
    public Optional<PinStore.Lock> tryLock(InstanceName name) {
        return pins.tryLock(folder(name).path());
    }

    /**
     * Keeps the instances in force as they are checked, until this process has attached its
     * programs: a plain object, whose programs can turn denials of others into success, and any
     * other object are never between their check and the last pin of a link at the same time.
     * Objects that are not plain do not wait for each other.
     *
     * @param plain whether the caller attaches a plain object
     */
    public PinStore.Lock checked(boolean plain) {
        for (int attempt = 0; attempt < ORDER_ATTEMPTS; attempt++) {
            Optional<PinStore.Lock> lock = plain ? pins.tryLock(pins.root()) : pins.tryShare(pins.root());
            if (lock.isPresent()) {
                return lock.get();
            }
            pause();
        }
        throw new HostException(
                plain
                        ? "other ringwall processes are attaching programs"
                        : "another ringwall process is attaching a plain object",
                "wait until they end, then try again");
    }

    /** Takes the exclusive lock of a folder outside of the bpffs. */
    public PinStore.Lock folderLock(Path folder) {
        for (int attempt = 0; attempt < LOCK_ATTEMPTS; attempt++) {
            Optional<PinStore.Lock> lock = pins.tryLock(folder);
            if (lock.isPresent()) {
                return lock.get();
            }
            pause();
        }
        throw new HostException(
                "another ringwall process holds the lock of `" + folder + "`", "wait until it ends, then try again");
    }

    private PinStore.Lock lock(InstanceName name, boolean create) {
        Path folder = folder(name).path();
        for (int attempt = 0; attempt < LOCK_ATTEMPTS; attempt++) {
            if (create) {
                pins.createFolder(folder);
            } else if (!exists(name)) {
                throw name.absent();
            }
            Optional<PinStore.Lock> lock = pins.tryLock(folder);
            if (lock.isPresent()) {
                return lock.get();
            }
            pause();
        }
        throw new HostException(
                "another ringwall process is changing `" + name + "`", "wait until it ends, then try again");
    }

    private static void pause() {
        try {
            Thread.sleep(LOCK_PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HostException("interrupted while waiting for a lock", "try again");
        }
    }
}
