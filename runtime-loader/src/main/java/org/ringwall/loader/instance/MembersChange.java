// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.bpf.LinkInfo;

/**
 * The record of a `join` or `leave` that is under way, by which the next command undoes the one and
 * completes the other if it was interrupted. It names the links that are removed then: an empty
 * folder for each cgroup, or for each hook of one.
 *
 * <p>A record has an effect only while its folder has the name of its kind. One rename gives it
 * that name, and one takes it away.
 */
public final class MembersChange {
    private static final String UNUSED = "members-unused";
    private static final Pattern CGROUP = Pattern.compile("[0-9a-f]{16}");

    private final PinStore pins;
    private final Path folder;

    MembersChange(PinStore pins, Path folder) {
        this.pins = pins;
        this.folder = folder;
    }

    /** The kinds of changes. */
    public enum Kind {
        JOIN("join", "joining", "an interrupted join was undone, or was complete"),
        LEAVE("leave", "leaving", "an interrupted leave was completed");

        private final String word;
        private final String name;
        private final String settled;

        Kind(String word, String name, String settled) {
            this.word = word;
            this.name = name;
            this.settled = settled;
        }

        /** Returns the name of its command. */
        public String word() {
            return word;
        }

        /** Returns what the next command does, as a phrase. */
        public String settled() {
            return settled;
        }
    }

    /**
     * A change under way, or interrupted.
     *
     * @param names as in its record
     */
    public record Pending(Kind kind, Set<String> names) {
        public Pending {
            names = Set.copyOf(names);
        }

        /**
         * Returns the places of the links that the change is about.
         *
         * @param hooks those at which the cgroups that it names as a whole may have links
         */
        List<Place> places(Set<Hook> hooks) {
            return names.stream()
                    .flatMap(name -> Place.ofPin(name)
                            .map(Stream::of)
                            .orElseGet(() ->
                                    hooks.stream().map(hook -> new Place(hook, Long.parseUnsignedLong(name, 16)))))
                    .toList();
        }

        /** Returns whether it is about all links of a cgroup. */
        public boolean concerns(long cgroup) {
            return names.contains(HexFormat.of().toHexDigits(cgroup));
        }

        /** Returns whether it is about a link of a cgroup. */
        public boolean touches(long cgroup) {
            return concerns(cgroup)
                    || names.stream()
                            .anyMatch(name -> name.endsWith("-" + HexFormat.of().toHexDigits(cgroup)));
        }
    }

    /** Records a change, from which on its interruption has a consequence. */
    public void begin(Kind kind, Collection<Long> cgroups, Collection<Place> others) {
        pins.createFolder(folder.resolve(UNUSED));
        cgroups.forEach(id ->
                pins.createFolder(folder.resolve(UNUSED).resolve(HexFormat.of().toHexDigits(id))));
        others.forEach(place -> pins.createFolder(folder.resolve(UNUSED).resolve(place.pin())));
        pins.rename(folder.resolve(UNUSED), folder.resolve(kind.name));
    }

    /** Ends a change: all of its record has no effect from one instant on. */
    public void end() {
        List<String> names = pins.list(folder);
        if (names.contains(UNUSED)) {
            discard();
        }
        for (Kind kind : Kind.values()) {
            if (names.contains(kind.name)) {
                pins.rename(folder.resolve(kind.name), folder.resolve(UNUSED));
                discard();
            }
        }
    }

    private void discard() {
        Path unused = folder.resolve(UNUSED);
        pins.list(unused).forEach(name -> pins.removeFolder(unused.resolve(name)));
        pins.removeFolder(unused);
    }

    /** Returns the change that is under way or was interrupted; empty if none is. */
    public Optional<Pending> pending() {
        List<String> all = pins.list(folder);
        for (Kind kind : Kind.values()) {
            if (!all.contains(kind.name)) {
                continue;
            }
            Set<String> names = new HashSet<>();
            for (String name : pins.list(folder.resolve(kind.name))) {
                if (CGROUP.matcher(name).matches() || Place.ofPin(name).isPresent()) {
                    names.add(name);
                }
            }
            return Optional.of(new Pending(kind, names));
        }
        return Optional.empty();
    }

    /**
     * Undoes or completes an interrupted change. A join of which all links are attached is
     * complete.
     *
     * @param links those of the generation in force
     * @param hooks its hooks
     */
    void settle(Links links, Set<Hook> hooks) {
        pending()
                .filter(change -> !complete(change, links, hooks))
                .ifPresent(change -> links.remove(change.places(Set.of(Hook.values()))));
        end();
    }

    private static boolean complete(Pending change, Links links, Set<Hook> hooks) {
        if (change.kind() != Kind.JOIN) {
            return false;
        }
        List<Place> places = change.places(hooks);
        Map<Place, LinkInfo> found = links.at(places);
        return found.keySet().containsAll(places) && found.values().stream().allMatch(LinkInfo::attached);
    }
}
