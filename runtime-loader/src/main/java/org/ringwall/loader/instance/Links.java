// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.bpf.LinkInfo;
import org.ringwall.sys.Fd;

/**
 * The pinned links of one generation, one for each place. A policy can have tens of thousands, so
 * what concerns some places opens their pins by name; only {@link #all} and {@link #places} read
 * the whole folder.
 */
public final class Links {
    private final Bpf bpf;
    private final PinStore pins;
    private final Path folder;

    /**
     * Creates a view of the links of a generation.
     *
     * @param folder the generation's
     */
    Links(Bpf bpf, PinStore pins, Path folder) {
        this.bpf = bpf;
        this.pins = pins;
        this.folder = folder;
    }

    /** Returns the places that have a pin. Opens none of them. */
    public Set<Place> places() {
        Set<Place> found = new LinkedHashSet<>();
        pins.list(folder).forEach(name -> Place.ofPin(name).ifPresent(found::add));
        return found;
    }

    /**
     * Returns the state of every link. A removed cgroup leaves a link that is not attached.
     */
    public Map<Place, LinkInfo> all() {
        return opened(places());
    }

    /** Returns the state of the links of some places, without those that have no pin. */
    public Map<Place, LinkInfo> at(Collection<Place> places) {
        return opened(existing(places));
    }

    /**
     * Returns the state of the links of some places.
     *
     * @throws KernelRefusedException with ENOENT if one has no pin any more
     */
    public Map<Place, LinkInfo> opened(Collection<Place> pinned) {
        Map<Place, LinkInfo> found = new LinkedHashMap<>();
        pinned.forEach(place -> {
            try (Fd link = bpf.objGet(pin(place))) {
                found.put(place, bpf.linkInfo(link));
            }
        });
        return found;
    }

    /** Returns whether a link is attached whose place passes a test. Opens as few as possible. */
    public boolean anyAttached(Predicate<Place> which) {
        return pins.any(
                folder,
                name -> Place.ofPin(name).filter(which).filter(this::isAttached).isPresent());
    }

    private boolean isAttached(Place place) {
        try (Fd link = bpf.objGet(pin(place))) {
            return bpf.linkInfo(link).attached();
        } catch (KernelRefusedException e) {
            // It was unpinned meanwhile.
            if (e.errno().is(Errno.ENOENT)) {
                return false;
            }
            throw e;
        }
    }

    /**
     * Detaches and unpins links. They are detached explicitly: another holder of the descriptor
     * would keep an unpinned link alive.
     *
     * @param places theirs; those without a pin are ignored
     */
    public void remove(Collection<Place> places) {
        existing(places).forEach(this::remove);
    }

    /** Does the same with all links. */
    void removeAll() {
        places().forEach(this::remove);
    }

    private void remove(Place place) {
        try (Fd link = bpf.objGet(pin(place))) {
            bpf.linkDetach(link);
        }
        pins.unlink(pin(place));
    }

    /**
     * Unpins and detaches links of a generation that is in force. If a pin cannot be removed, all
     * stay as they were. Once the last is removed, closing the descriptors detaches what the kernel
     * refuses to detach, also if this process is killed.
     *
     * @param places theirs; those without a pin are ignored
     */
    public void release(Collection<Place> places) {
        Map<Path, Fd> open = new LinkedHashMap<>();
        try {
            existing(places).forEach(place -> open.put(pin(place), bpf.objGet(pin(place))));
            unpin(open);
            open.values().forEach(this::detach);
        } finally {
            open.values().forEach(Fd::close);
        }
    }

    private void unpin(Map<Path, Fd> links) {
        List<Path> unpinned = new ArrayList<>();
        try {
            for (Path pin : links.keySet()) {
                pins.unlink(pin);
                unpinned.add(pin);
            }
        } catch (RuntimeException e) {
            unpinned.forEach(pin -> bpf.objPin(Objects.requireNonNull(links.get(pin)), pin));
            throw e;
        }
    }

    /** Detaches a link explicitly: another holder of a descriptor would keep it attached. */
    private void detach(Fd link) {
        try {
            bpf.linkDetach(link);
        } catch (KernelRefusedException e) {
            bpf.linkDetach(link);
        }
    }

    /** Returns those of some places that have a pin. */
    List<Place> existing(Collection<Place> places) {
        return pins.existing(folder, places.stream().map(Place::pin).toList()).stream()
                .map(Place::ofPin)
                .flatMap(Optional::stream)
                .toList();
    }

    private Path pin(Place place) {
        return folder.resolve(place.pin());
    }
}
