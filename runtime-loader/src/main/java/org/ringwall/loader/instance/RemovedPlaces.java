// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.nio.file.Path;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.sys.Fd;

/**
 * The cgroups of an instance that were removed and have sockets left, which other processes hold.
 * The kernel keeps the programs of such a cgroup until its last socket is closed, and attaches no
 * others to it. But the program of a link can be replaced ({@code cgroup_bpf_replace}), so the link
 * of one generation becomes that of the next.
 *
 * <p>A generation names these cgroups before it is in force, by an empty folder for each. So a
 * cgroup that was left out on purpose is not taken for one of them.
 */
public final class RemovedPlaces {
    private static final String PREFIX = "removed-";
    private static final Pattern NAME = Pattern.compile(PREFIX + "([0-9a-f]{16})");

    private final Bpf bpf;
    private final PinStore pins;
    private final InstanceFolder folder;

    RemovedPlaces(Bpf bpf, PinStore pins, InstanceFolder folder) {
        this.bpf = bpf;
        this.pins = pins;
        this.folder = folder;
    }

    /** Names the removed cgroups that a generation is to judge. */
    public void keep(int generation, Collection<Long> cgroups) {
        cgroups.forEach(id -> pins.createFolder(
                folder.generation(generation).resolve(PREFIX + HexFormat.of().toHexDigits(id))));
    }

    /** Returns the ids of the removed cgroups that a generation names. */
    public Set<Long> of(int generation) {
        return pins.list(folder.generation(generation)).stream()
                .map(NAME::matcher)
                .filter(Matcher::matches)
                .map(match -> Long.parseUnsignedLong(match.group(1), 16))
                .collect(Collectors.toSet());
    }

    /** Removes what {@link #keep} has made. */
    void forget(int generation) {
        of(generation)
                .forEach(id -> pins.removeFolder(folder.generation(generation)
                        .resolve(PREFIX + HexFormat.of().toHexDigits(id))));
    }

    /**
     * Gives the links of one generation to removed cgroups the programs of another, which is in
     * force, and makes them links of that. At every instant one of the two programs decides, if
     * both generations do. Can be repeated if it was interrupted.
     *
     * <p>Hooks at which the other generation has no program keep their link, which is removed with
     * its generation.
     */
    public void carry(int from, int to) {
        Set<Long> cgroups = new TreeSet<>(of(from));
        cgroups.addAll(of(to));
        if (cgroups.isEmpty()) {
            return;
        }
        Path old = folder.generation(from);
        Path next = folder.generation(to);
        Set<Hook> hooks = folder.programs(to);
        folder.links(from).forEach((place, info) -> {
            if (info.attached() && cgroups.contains(place.cgroupId()) && hooks.contains(place.hook())) {
                try (Fd link = bpf.objGet(old.resolve(place.pin()));
                        Fd program = bpf.objGet(next.resolve(place.hook().word()))) {
                    bpf.linkUpdate(link, program);
                    pins.rename(old.resolve(place.pin()), next.resolve(place.pin()));
                } catch (KernelRefusedException e) {
                    // The last socket was closed meanwhile.
                    if (!e.errno().is(Errno.ENOLINK)) {
                        throw e;
                    }
                }
            }
        });
    }
}
