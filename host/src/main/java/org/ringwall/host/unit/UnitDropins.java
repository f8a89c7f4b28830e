// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.unit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A comparison of the drop-ins of {@code unit-dropin} with the units that they belong to. */
public final class UnitDropins {
    private static final String TEMPLATE = "@.";

    private final UnitFiles files;

    public UnitDropins(UnitFiles files) {
        this.files = files;
    }

    /**
     * A drop-in, and what is wrong with it.
     *
     * @param faults empty if it does what it is for
     * @param again the command that makes it again; empty if the file does not say
     */
    public record Found(String unit, Path file, List<Fault> faults, String again) {
        public Found {
            faults = List.copyOf(faults);
        }
    }

    /**
     * What is wrong with a drop-in.
     *
     * @param open whether the unit starts without its policies
     */
    public record Fault(boolean open, String text) {}

    /** Returns all drop-ins. */
    public List<Found> all() {
        List<Found> all = new ArrayList<>();
        for (String unit : files.named()) {
            files.dropins(unit, Dropin.NAME).stream()
                    .filter(UnitFiles::isOurs)
                    .limit(1)
                    .forEach(file -> all.add(new Found(unit, file, faults(unit, file), again(file))));
            files.dropins(unit, Dropin.EARLIER).stream()
                    .filter(UnitFiles::isOurs)
                    .limit(1)
                    .forEach(file -> all.add(new Found(unit, file, earlier(unit), again(file))));
        }
        return all;
    }

    private List<Fault> earlier(String unit) {
        Dropin.First first = Dropin.First.of(unit);
        List<Fault> faults = new ArrayList<>(List.of(new Fault(
                false,
                "is of an earlier version: commands of " + first.key() + "= in the unit's files run before the"
                        + " policies")));
        String last = "";
        for (UnitFiles.Value value : files.values(unit, first.section(), first.key())) {
            boolean ours = UnitFiles.isOurs(value.file());
            last = ours && !value.value().isEmpty() ? "set" : value.value().isEmpty() ? "reset" : last;
        }
        if (last.equals("reset")) {
            faults.add(new Fault(true, "a later file resets " + first.key() + "="));
        }
        return faults;
    }

    private List<Fault> faults(String unit, Path file) {
        List<Fault> faults = new ArrayList<>();
        Dropin.First first = Dropin.First.of(unit);
        later(files, unit)
                .ifPresent(later -> faults.add(
                        new Fault(true, "`" + later + "` is read after it and resets " + first.key() + "=")));
        List<String> written = files.values(unit, first.section(), first.key()).stream()
                .filter(value -> value.file().equals(file))
                .map(UnitFiles.Value::value)
                .toList();
        List<String> own =
                first.own(files, unit).stream().map(UnitFiles.Value::value).toList();
        // The first two are an empty one and the command of the policies.
        if (written.size() < 2 || !written.subList(2, written.size()).equals(own)) {
            faults.add(new Fault(
                    false, "is stale: the unit's own " + first.key() + "= has changed, and the drop-in replaces it"));
        }
        boolean connections = written.size() > 1 && written.get(1).contains(" unit-check ");
        if (unit.endsWith("@.service") && files.acceptingSocket(unit).isPresent() != connections) {
            faults.add(new Fault(
                    false,
                    connections
                            ? "is for a socket with Accept=yes, which the unit does not have any more"
                            : "starts Java for each connection, because the socket has Accept=yes"));
        }
        instancesWithOwn(files, unit)
                .forEach(instance -> faults.add(new Fault(
                        false,
                        "takes away " + first.key() + "= of `" + instance + "`, which needs a drop-in of its own")));
        return faults;
    }

    /** Returns a file that is read after the drop-in of a unit and takes its policies away. */
    public static Optional<Path> later(UnitFiles files, String unit) {
        Dropin.First first = Dropin.First.of(unit);
        return files.values(unit, first.section(), first.key()).stream()
                .filter(value -> value.value().isEmpty())
                .map(UnitFiles.Value::file)
                .filter(file -> file.getParent() != null
                        && file.getParent().toString().endsWith(".d")
                        && file.getFileName().toString().compareTo(Dropin.NAME) > 0)
                .findFirst();
    }

    /**
     * Returns the instances of a template that have commands which it does not have, and no drop-in
     * of their own.
     */
    public static List<String> instancesWithOwn(UnitFiles files, String unit) {
        int at = unit.indexOf(TEMPLATE);
        if (at < 0) {
            return List.of();
        }
        Dropin.First first = Dropin.First.of(unit);
        List<UnitFiles.Value> common = first.own(files, unit);
        return files.named().stream()
                .filter(name -> name.startsWith(unit.substring(0, at + 1))
                        && name.endsWith(unit.substring(at + 1))
                        && !name.equals(unit))
                .filter(name -> files.dropins(name, Dropin.NAME).isEmpty())
                .filter(name -> !first.own(files, name).equals(common))
                .toList();
    }

    private static String again(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> line.startsWith(Dropin.AGAIN))
                    .map(line -> line.substring(Dropin.AGAIN.length()))
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            return "";
        }
    }
}
