// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.command;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.container.CgroupNames;
import org.ringwall.loader.model.InstanceStatus;

/** The lines of `status` for the cgroups of an instance. Many cgroups that are alike share one. */
public final class PlaceLines {
    /** Up to this number, each cgroup has a line. */
    private static final int EACH = 10;

    /** How many cgroups that differ from most others are shown. */
    private static final int MOST_DIFFERENT = 20;

    private final List<InstanceStatus.At> places;
    private final CgroupNames names;

    public PlaceLines(List<InstanceStatus.At> places, CgroupNames names) {
        this.places = List.copyOf(places);
        this.names = names;
    }

    /**
     * Returns the lines.
     *
     * @param verbose whether each cgroup has a line, however many are alike
     */
    public String text(boolean verbose) {
        Map<String, List<InstanceStatus.At>> alike = places.stream()
                .collect(Collectors.groupingBy(PlaceLines::state, LinkedHashMap::new, Collectors.toList()));
        List<InstanceStatus.At> most =
                alike.values().stream().max(Comparator.comparingInt(List::size)).orElse(List.of());
        if (verbose || most.size() <= EACH) {
            return lines(places);
        }
        String usual = state(most.get(0));
        List<InstanceStatus.At> others =
                places.stream().filter(place -> !state(place).equals(usual)).toList();
        String summary = "  " + most.size() + " cgroups" + what(most.get(0));
        if (others.isEmpty()) {
            return summary + "; -v shows each\n";
        }
        int left = others.size() - MOST_DIFFERENT;
        return summary + "; " + others.size() + (others.size() == 1 ? " differs:\n" : " differ:\n")
                + lines(others.subList(0, Math.min(others.size(), MOST_DIFFERENT)))
                + (left > 0 ? "  … and " + left + " more; -v shows each\n" : "");
    }

    /** Returns what is the same at many cgroups, after their number. */
    private static String what(InstanceStatus.At place) {
        boolean whole = !place.lost()
                && place.missing().isEmpty()
                && place.unknown().isEmpty()
                && place.overriding().isEmpty()
                && place.accepted().isEmpty();
        int hooks = place.hooks().size();
        return whole
                ? ", " + hooks + (hooks == 1 ? " hook each" : " hooks each")
                : ", each " + state(place).strip();
    }

    private String lines(List<InstanceStatus.At> shown) {
        StringBuilder out = new StringBuilder();
        for (InstanceStatus.At place : shown) {
            out.append("  ")
                    .append(Printable.path(place.cgroup()))
                    .append(NamedCgroup.container(names, place.cgroup()))
                    .append(": ")
                    .append(state(place))
                    .append('\n');
        }
        return out.toString();
    }

    private static String state(InstanceStatus.At place) {
        StringBuilder out = new StringBuilder(
                place.lost()
                        ? place.judged()
                                ? "removed; sockets that are left of it are judged at "
                                        + String.join(" ", place.hooks())
                                : "lost: the cgroup was removed, nothing is enforced there"
                        : String.join(" ", place.hooks()) + missing(place) + unknown(place));
        place.overriding().forEach(sentence -> out.append("\n    ").append(sentence));
        place.accepted().forEach(sentence -> out.append("\n    accepted: ").append(sentence));
        return out.toString();
    }

    private static String missing(InstanceStatus.At place) {
        if (place.missing().isEmpty()) {
            return "";
        }
        String before = place.hooks().isEmpty() ? "" : "; ";
        if (place.changing().isPresent()) {
            return before + "not attached at " + String.join(" ", place.missing()) + ": a "
                    + place.changing().get() + " is under way, or ringwall recover settles it";
        }
        return place.unknown().isPresent()
                ? before + "not attached at " + String.join(" ", place.missing())
                : before + "another process detached " + String.join(" ", place.missing())
                        + ": ringwall apply attaches them again";
    }

    private static String unknown(InstanceStatus.At place) {
        return place.unknown()
                .map(reason -> "; it cannot be determined whether the cgroup exists: " + reason)
                .orElse("");
    }
}
